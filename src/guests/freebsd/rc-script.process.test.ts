/**
 * The script is run by real shells, with rc.subr(8) and the programs of the guest replaced by ours.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { freebsdRcScript } from "./rc-script.js";
import { tempFolder } from "../../../test/temp-folder.js";

/** What rc.subr(8) documents: variables of rc.conf, and `NAME_cmd` run where `NAME_enable` says yes. */
const RC_SUBR = `
load_rc_config()
{
	[ -f RC_CONF ] && . RC_CONF
	return 0
}
run_rc_command()
{
	eval "_value=\\$$rcvar"
	case "$_value" in
	[Yy][Ee][Ss]) ;;
	*) return 0 ;;
	esac
	eval "_command=\\$$1_cmd"
	eval "$_command"
}
`;

const SHELLS: readonly (readonly string[])[] = [["dash"], ["bash", "--posix"], ["busybox", "sh"]];
const shells = SHELLS.filter(
  ([program, ...options]) => spawnSync(program!, [...options, "-c", ":"]).status === 0,
);

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = tempFolder("rc");
});

interface Guest {
  readonly agent: string;
  readonly enabled?: boolean;
  readonly watchdogSeconds?: number;
  /** What a program does beside saying that it was called; `undefined` when it is missing. */
  readonly programs?: Readonly<Record<string, string | undefined>>;
}

/** Runs `kernlane start`, and gives what the programs of the guest said, in order. */
function start(shell: readonly string[], guest: Guest, command = "start") {
  const { agent, enabled = true, watchdogSeconds = 60, programs = {} } = guest;
  // The first way to power off ends the machine, and with it everything in it.
  const all = {
    sysctl: "",
    shutdown: "kill -9 0",
    halt: "kill -9 0",
    reboot: "kill -9 0",
    ...programs,
  };
  put("agent", agent);
  for (const [name, body] of Object.entries<string | undefined>(all)) {
    if (body !== undefined) put(name, body);
  }
  writeFileSync(at("rc.subr"), RC_SUBR.replaceAll("RC_CONF", at("rc.conf")));
  if (enabled) writeFileSync(at("rc.conf"), 'kernlane_enable="YES"\n');
  writeFileSync(at("said"), "");
  writeFileSync(at("console"), "");
  const script = freebsdRcScript({
    agentPath: at("agent"),
    planPath: "/the/plan",
    probeAt: "early",
    watchdogSeconds,
  });
  writeFileSync(at("script"), inFolder(script));
  const [program, ...options] = shell;
  // A process group of its own is the machine. spawnSync knows the option, its types do not.
  const machine = { encoding: "utf8", timeout: 20_000, detached: true } as const;
  const { status, stderr } = spawnSync(program!, [...options, at("script"), command], machine);
  const said = readFileSync(at("said"), "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return { status, stderr, said, console: readFileSync(at("console"), "utf8") };
}

function put(name: string, body: string): void {
  writeFileSync(at(name), `#!/bin/sh\necho "${name} $*" >>${at("said")}\n${body}\n`);
  chmodSync(at(name), 0o755);
}

/** The script with its absolute paths in our folder, and half a minute's patience cut to a fraction of a second. */
function inFolder(script: string): string {
  return script
    .replaceAll("/etc/rc.subr", at("rc.subr"))
    .replaceAll(">/dev/console", `>>${at("console")}`)
    .replaceAll("sleep 30", "sleep 0.3")
    .replaceAll(/\/sbin\/(\w+)/g, (_, name: string) => at(name));
}

const POWERED_OFF = ["sysctl kern.shutdown.poweroff_delay=0", "agent /the/plan", "shutdown -p now"];

test("there is a POSIX shell to try it with", () => {
  expect(shells.length).toBeGreaterThan(0);
});

describe.each(shells.map((shell) => [shell.join(" "), shell] as const))("under %s", (_, shell) => {
  test("a script that is not enabled does nothing", () => {
    const { status, said, console: shown, stderr } = start(shell, { agent: "", enabled: false });
    expect([status, said, shown, stderr]).toEqual([0, [], "", ""]);
  });

  test.each([
    ["succeeds", "echo hello", 0],
    ["fails", "exit 3", 3],
    ["is killed by a signal", "kill -9 $$", 137],
  ])("runs the agent once, and powers off when it %s", (_name, agent, status) => {
    const { said, console: shown } = start(shell, { agent });
    expect(said).toEqual(POWERED_OFF);
    expect(shown).toContain(`kernlane: the agent ended with status ${status} `);
  });

  test("powers off when the agent hangs, and says so", () => {
    const { said, console: shown } = start(shell, { agent: "exec sleep 60", watchdogSeconds: 1 });
    expect(said).toEqual(POWERED_OFF);
    expect(shown).toContain("kernlane: the agent did not end within 1 seconds");
  });

  test("powers off when the script itself is told to end", () => {
    const { said } = start(shell, { agent: "kill -TERM $PPID" });
    expect(said).toEqual(POWERED_OFF);
  });
});

test("what the agent prints is on the console", () => {
  expect(start(shells[0]!, { agent: "echo out; echo err >&2" }).console).toMatch(
    /^out\nerr\nkernlane:/,
  );
});

test("powers off when the agent is missing", () => {
  const { said } = start(shells[0]!, { agent: "", programs: { agent: "exec /nowhere/agent" } });
  expect(said).toEqual(POWERED_OFF);
});

test("needs no sysctl", () => {
  const { said } = start(shells[0]!, { agent: "", programs: { sysctl: undefined } });
  expect(said).toEqual(POWERED_OFF.slice(1));
});

test("stop does nothing", () => {
  const { status, said } = start(shells[0]!, { agent: "" }, "stop");
  expect([status, said]).toEqual([0, []]);
});

test("tries every other way when the machine does not power off", () => {
  const programs = { shutdown: "exit 1", halt: undefined };
  const { said } = start(shells[0]!, { agent: "", programs });
  expect(said).toEqual([...POWERED_OFF, "reboot -p -n -q"]);
});

test.each(["early", "login"] as const)(
  "rcorder(8) finds nothing but names in the lines of a probe at %s",
  (probeAt) => {
    const facts = { agentPath: "/a", planPath: "/p", probeAt, watchdogSeconds: 1 };
    const lines = freebsdRcScript(facts)
      .split("\n")
      .filter((line) => /^#\s*[A-Z]+:/.test(line));
    expect(lines[0]).toBe("# PROVIDE: kernlane");
    expect(lines.slice(1)).toEqual(
      probeAt === "early"
        ? ["# REQUIRE: FILESYSTEMS", "# BEFORE: NETWORKING"]
        : ["# REQUIRE: LOGIN"],
    );
    for (const line of lines) expect(line).toMatch(/^# (PROVIDE|REQUIRE|BEFORE|KEYWORD):( \w+)+$/);
  },
);
