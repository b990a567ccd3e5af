/**
 * The command line where it has no guest to run: what is wrong with how it is called, who stops reading, and signals.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, onTestFinished, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";
import { cli, kernlane, start } from "./cli-process.js";
import { tempFolder } from "./temp-folder.js";

interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
  readonly exitStatus: number;
}

/** The one document that was printed, which is as the schema says. */
function errorIn(stdout: string): ErrorDocument {
  const schema = (name: string) =>
    JSON.parse(readFileSync(join(packageRoot(), "docs", name), "utf8")) as object;
  const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
  ajv.addSchema(schema("record.schema.json"));
  const document = JSON.parse(stdout) as ErrorDocument;
  expect(ajv.validate(schema("error.schema.json"), document), ajv.errorsText()).toBe(true);
  return document;
}

test.each([
  [["run", "--json", "--kernl", "a=b"], "bad-arguments", 2],
  [["--json", "rnu"], "bad-arguments", 2],
  [["--json"], "bad-arguments", 2],
  [["run", "one", "two", "--json"], "bad-arguments", 2],
  [["run", "--cpus", "two", "--json"], "bad-arguments", 2],
  [["run", "--json", "--dry-run"], "option-unused", 2],
  [["run", "--json", "no-such-lane"], "unknown-lane", 2],
  [["run", "--json", "--config", "no-such-file"], "config-missing", 2],
  [["run", "--json", "--config", "."], "config-missing", 2],
  [["run", "--json", "--out", ""], "bad-arguments", 2],
  [["run", "--json", "--kernel", "stock=no-such-file"], "kernel-not-found", 2],
  [["judge", "--json", "no-such-folder"], "not-a-run", 2],
  [["inspect", "--json", "no-such-file"], "image-not-found", 2],
  [["plan", "--json"], "bad-arguments", 2],
] as const)("%j prints an error document", async (args, code, status) => {
  const done = await kernlane(args);
  const { error, exitStatus } = errorIn(done.stdout);
  expect([error.code, exitStatus, done.status]).toEqual([code, status, status]);
  expect(done.stderr).toContain(`error[${code}]: ${error.message}`);
});

test("without --json stdout has nothing of an error, and a typing mistake is pointed out", async () => {
  const { status, stdout, stderr } = await kernlane(["rnu"]);
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: "",
    stderr: "error[bad-arguments]: unknown command 'rnu'\nhint: did you mean run?\n",
  });
});

test("a kernel's name that is given twice is refused", async () => {
  const { status, stderr } = await kernlane(["plan", "--kernel", "a=x", "--kernel", "a=y"]);
  expect(status).toBe(2);
  expect(stderr).toContain("a is given twice, as x and as y");
});

/** @returns what it says on stderr, and its status */
async function withStdout(
  args: readonly string[],
  stdout: number | "pipe",
  cwd = tempFolder("cli"),
): Promise<readonly [stderr: string, status: number | null]> {
  const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ["ignore", stdout, "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  // A pipe has a reader that leaves at once.
  child.stdout?.destroy();
  const status = new Promise<number | null>((resolve) => child.on("close", resolve));
  return [await text(child.stderr!), await status];
}

test.each([["--help"], ["init"]])("%s with a reader that leaves is no error", async (command) => {
  expect(await withStdout([command], "pipe")).toEqual(["", 0]);
});

test.each([["--help"], ["init"]])("%s says when stdout cannot be written", async (command) => {
  const full = openSync("/dev/full", "w");
  onTestFinished(() => closeSync(full));
  const [stderr, status] = await withStdout([command], full);
  expect(stderr).toContain("error[output-failed]");
  expect(status).toBe(69);
});

test("a config that awaits what never comes is an error, and no run that passed", async () => {
  const folder = tempFolder("cli");
  writeFileSync(join(folder, "kernlane.config.ts"), "await new Promise(() => undefined);");
  const { status, stdout } = await kernlane(["run", "--json"], folder);
  expect(status).toBe(2);
  expect(errorIn(stdout).error.code).toBe("config-broken");
});

const LANE = `export default { lanes: { one: { guest: "linux", probe: [{ kind: "gap", name: "gap" }] } } };`;

test.each([
  ["process.exit(0);", "process.exit(0)"],
  ["setTimeout(() => process.exit(0)); await new Promise(() => undefined);", "process.exit(0)"],
  ['setTimeout(() => { throw new Error("late"); }); await new Promise(() => undefined);', "late"],
  ['void Promise.reject(new Error("late")); await new Promise(() => undefined);', "late"],
  ["void Promise.reject(); await new Promise(() => undefined);", "undefined"],
])("a config with %s is an error of the config, in one document", async (text, words) => {
  const folder = tempFolder("cli");
  const path = join(folder, "kernlane.config.ts");
  writeFileSync(path, `${text}\n${LANE}`);
  const { status, stdout } = await kernlane(["run", "--json"], folder);
  const { error } = errorIn(stdout);
  expect([status, error.code]).toEqual([2, "config-broken"]);
  expect(error.message).toContain(path);
  expect(error.message).toContain(words);
});

test("a config that throws when its command is done is an error, and the document stays one", async () => {
  const folder = tempFolder("cli");
  const text = `process.on("beforeExit", () => { throw new Error("late"); });`;
  writeFileSync(join(folder, "kernlane.config.ts"), `${text}\n${LANE}`);
  const { status, stdout, stderr } = await kernlane(["run", "--json", "no-such-lane"], folder);
  expect(errorIn(stdout).error.code).toBe("unknown-lane");
  expect(stderr).toContain("error[config-broken]");
  expect(status).toBe(2);
});

test("what a config says with console.log is no part of the document", async () => {
  const folder = tempFolder("cli");
  writeFileSync(join(folder, "kernlane.config.ts"), `console.log("hello"); ${LANE}`);
  const { stdout, stderr } = await kernlane(["run", "--json", "no-such-lane"], folder);
  expect(errorIn(stdout).error.code).toBe("unknown-lane");
  expect(stderr).toContain("hello");
});

test("a named pipe given as an image is refused at once, and not waited for", async () => {
  const folder = tempFolder("cli");
  const image = join(folder, "pipe");
  execFileSync("mkfifo", [image]);
  const { status, stdout } = await kernlane(["run", "twq", "--json", "--image", image], folder);
  expect(status).toBe(2);
  expect(errorIn(stdout).error.code).toBe("image-not-a-file");
});

/** A config that is never done, and says when it has begun. */
function foreverConfig(): string {
  const folder = tempFolder("cli");
  const config = `process.stderr.write("begun\\n");
setInterval(() => undefined, 1000);
await new Promise(() => undefined);
export default {};`;
  writeFileSync(join(folder, "kernlane.config.ts"), config);
  return folder;
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s while a config is read ends it with %i", async (signal, status) => {
  const { child, finished, said } = start(["run", "--json"], foreverConfig());
  await said("begun");
  child.kill(signal);
  const done = await finished;
  expect(done.status).toBe(status);
  expect(errorIn(done.stdout)).toMatchObject({
    error: { code: "interrupted", message: `ended by ${signal}` },
    exitStatus: status,
  });
});

test("where the first Ctrl-C has something to wait for, the second one ends it at once", async () => {
  const { child, finished, said } = start(["run", "--watch"], foreverConfig());
  await said("begun");
  child.kill("SIGINT");
  await said("once more to leave at once");
  child.kill("SIGINT");
  expect((await finished).status).toBe(130);
});

test("the version and the help need no working folder", async () => {
  const folder = join(tempFolder("cli"), "gone");
  mkdirSync(folder);
  for (const flag of ["--version", "--help"]) {
    const script = 'rmdir "$PWD" 2>/dev/null; exec "$0" "$@"';
    const child = spawn("/bin/sh", ["-c", script, process.execPath, cli, flag], {
      cwd: flag === "--version" ? folder : tempFolder("cli"),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const status = new Promise((resolve) => child.on("close", resolve));
    expect([await text(child.stderr), await status]).toEqual(["", 0]);
  }
});

test("a folder that is called as a lane does not hide the lane", async () => {
  const cwd = tempFolder("cli");
  mkdirSync(join(cwd, "linux"));
  const { status, stderr } = await kernlane(
    ["console", "linux", "--kernel", "a=no-such-file"],
    cwd,
  );
  expect(stderr).toContain("error[kernel-not-found]");
  expect(status).toBe(2);
});

test("a path that is no run is refused", async () => {
  const cwd = tempFolder("cli");
  mkdirSync(join(cwd, "linux"));
  expect((await kernlane(["console", "./linux"], cwd)).stderr).toContain(
    "error[console-of-nothing]",
  );
});
