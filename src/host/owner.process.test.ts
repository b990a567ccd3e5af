import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { runCommand } from "./command.js";
import { describeOwner, identify, identifySelf, ownerSchema, stateOf } from "./owner.js";
import { packageRoot } from "./paths.js";
import { startProcess } from "./process.js";

test("a process is alive until it has ended, and another with its pid is not it", async () => {
  await using child = await startProcess({ argv: ["sleep", "1000"] });
  const owner = await identify(child.pid);
  expect(await stateOf(owner)).toBe("alive");
  expect(await stateOf({ ...owner, startedAt: "another time" })).toBe("dead");
  child.kill("SIGKILL");
  await child.exited;
  expect(await stateOf(owner)).toBe("dead");
});

test("a process that was stopped lives", async () => {
  await using child = await startProcess({ argv: ["sleep", "1000"] });
  child.kill("SIGSTOP");
  expect(await stateOf(await identify(child.pid))).toBe("alive");
});

test("what another host or container holds is foreign, and what was held before a restart is dead", async () => {
  const self = await identifySelf();
  expect(await stateOf(self)).toBe("alive");
  expect(await stateOf({ ...self, host: "builder/1" })).toBe("foreign");
  expect(await stateOf({ ...self, host: "builder/1", boot: "2" })).toBe("foreign");
  expect(await stateOf({ ...self, namespace: "pid:[1]" })).toBe("foreign");
  expect(await stateOf({ ...self, boot: "2" })).toBe("dead");
});

const canUnshare =
  process.platform === "linux" &&
  (
    await runCommand({ argv: ["unshare", "-rpf", "--mount-proc", "true"] }, 10_000).catch(
      () => undefined,
    )
  )?.code === 0;

test.runIf(canUnshare)(
  "a process in a pid namespace of its own is foreign here, and we are there",
  async () => {
    const script = `
    const jiti = require("jiti").createJiti(process.cwd() + "/x.js");
    jiti.import("./src/host/owner.ts").then(async ({ identifySelf, stateOf }) => {
      const state = await stateOf(JSON.parse(process.argv[1]));
      console.log(JSON.stringify({ state, owner: await identifySelf() }));
    });`;
    const self = await identifySelf();
    const argv = ["unshare", "-rpf", "--mount-proc", process.execPath, "-e", script];
    await using child = await startProcess({
      argv: [...argv, JSON.stringify(self)],
      cwd: packageRoot(),
    });
    const said = JSON.parse(await text(child.stdout)) as { state: string; owner: unknown };
    expect(said.state).toBe("foreign");
    const owner = ownerSchema.parse(said.owner);
    expect(await stateOf(owner)).toBe("foreign");
    expect(describeOwner(owner, self)).toBe(`pid ${owner.pid} in another container`);
  },
);
