/** Which of its channels the agent takes, and what it makes of one that is a terminal. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { encodeFrame } from "../src/console/framing.js";
import { encodeLivePlan } from "../src/protocol/encode-plan.js";
import { encodeRequest } from "../src/protocol/encode-request.js";
import { inBytes, outBytes, syscall } from "../src/protocol/steps.js";
import { agentPath, buildAgents } from "./agent-process.js";
import { tempFolder } from "./temp-folder.js";

// Numbers of Linux on amd64.
const PREAD64 = 17;
const GETPID = 39;

let folder: string;
beforeAll(buildAgents, 120_000);
beforeEach(() => {
  folder = tempFolder("channel");
});

interface Terminal {
  /** The device that the agent opens. */
  readonly path: string;
  readonly write: (text: string) => void;
  /** Everything that has come so far, once it has what is looked for. */
  readonly until: (what: RegExp) => Promise<string>;
}

/** A pseudo-terminal as it comes: in canonical mode, with echo; this is the end that is not the agent's. */
async function openTerminal(): Promise<Terminal> {
  const script = spawn("script", ["-qfc", "tty; exec sleep 600", "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  endAfterTest(script);
  let shown = "";
  const look = new Set<() => void>();
  script.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString("latin1");
    for (const again of look) again();
  });
  const until = (what: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const again = (): void => {
        if (what.test(shown)) resolve(shown);
      };
      look.add(again);
      again();
    });
  const [path] = /\/dev\/[\w/]+(?=\r)/.exec(await until(/\/dev\/[\w/]+\r\n/))!;
  shown = "";
  return { path, until, write: (text) => void script.stdin.write(text) };
}

function endAfterTest(child: ChildProcess): void {
  onTestFinished(() => void child.kill("SIGKILL"));
}

async function startAgent(...channels: readonly string[]): Promise<void> {
  const plan = join(folder, "plan");
  const header = { runId: "x", channels, deadlineMs: 0, atEnd: "exit" } as const;
  await writeFile(plan, encodeLivePlan(header));
  endAfterTest(spawn(agentPath, [plan], { stdio: "ignore" }));
}

test("a port that no driver has is passed over for the next channel, which the first frame names", async () => {
  const serial = await openTerminal();
  await startAgent("/dev/vtcon/kernlane.probe", "/dev/virtio-ports/no.such", serial.path);
  expect(await serial.until(/\}\n/)).toContain(`"channel":"${serial.path}"`);
});

test("of two that can be opened the first is taken, also by an alias, and the other hears nothing", async () => {
  const [port, serial] = [await openTerminal(), await openTerminal()];
  // FreeBSD's names of ports are links to its terminals.
  await mkdir(join(folder, "vtcon"));
  const alias = join(folder, "vtcon", "kernlane.probe");
  await symlink(port.path, alias);
  await startAgent(alias, serial.path);
  expect(await port.until(/\}\n/)).toContain(`"channel":"${alias}"`);
  port.write(`${encodeFrame(1, encodeRequest(syscall({ nr: GETPID }), { quiet: true }))}\n`);
  expect(await port.until(/"step":1/)).toContain('"status":"ok"');
  serial.write("nobody reads this\n");
  // All that it shows is the echo of a terminal that was left as it came.
  expect(await serial.until(/this\r\n/)).toBe("nobody reads this\r\n");
});

test("a terminal passes every byte as it is: no echo, no signals, no line's length", async () => {
  const port = await openTerminal();
  await startAgent(port.path);
  await port.until(/"hello"/);
  // Longer than a terminal's line, with the characters that interrupt, suspend and end in front of it.
  const long = syscall({
    nr: PREAD64,
    args: [-1, inBytes(Buffer.alloc(6000, 0x5a)), outBytes(16), 0],
  });
  port.write(`\x03\x1a\x04\x13\n${encodeFrame(1, encodeRequest(long, { quiet: true }))}\n`);
  const said = await port.until(/"step":1/);
  expect(said).not.toContain("5a5a5a");
  expect(said).toMatch(/"status":"errno"/);
  expect(said).not.toContain("\r");
});
