/**
 * Sysctls and counters by the Linux agent as a plain process: files below /proc/sys for sysctls, files of any kind for counters.
 * Writing them needs a guest (test/vm/counters.vm.test.ts).
 */
import { writeFile } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import * as s from "../src/protocol/steps.js";
import { buildAgents, runAgent } from "./agent-process.js";
import { tempFolder } from "./temp-folder.js";

beforeAll(buildAgents, 120_000);

describe("a sysctl on Linux", () => {
  test("is the file below /proc/sys, without its last line break", async () => {
    const run = await runAgent([
      s.sysctl("kernel.osrelease"),
      s.sysctl("kernel.pid_max", { format: "int" }),
      s.sysctl("kernel.nothing"),
      s.sysctl("kernel"),
    ]);
    expect(run.reply("kernel.osrelease").data["value"]).toBe(release());
    expect(run.outcome("kernel.pid_max")).toMatch(/^\d+$/);
    expect([run.outcome("kernel.nothing"), run.outcome("kernel")]).toEqual(["ENOENT", "EISDIR"]);
  });

  test("that may not be written, or is not there, is answered with its errno, and is not put back", async () => {
    const run = await runAgent([
      s.sysctl.set("kernel.osrelease", "mine"),
      s.sysctl.set("kernel.nothing", 1),
    ]);
    expect(run.outcome("kernel.osrelease = mine")).toMatch(/^E(ACCES|PERM)$/);
    expect(run.outcome("kernel.nothing = 1")).toBe("ENOENT");
    expect(run.outcome("restore kernel.osrelease")).toBe("ok");
  });
});

test("snapshots are files, whole, around what is counted", async () => {
  const folder = tempFolder("counters");
  const path = join(folder, "stats");
  await writeFile(path, "a 1\n".repeat(30_000));
  const run = await runAgent([
    s.counters(path, { steps: [s.process("p", [s.writeFile(path, "a 2\n"), s.exit()])] }),
  ]);
  const contents = [`${path} before`, `${path} after`].map(
    (name) => run.reply(name).data["content"],
  );
  expect(contents[0]).toBe("a 1\n".repeat(30_000));
  expect(contents[1]).toBe(`a 2\n${"a 1\n".repeat(29_999)}`);
});

test("a tree that a Linux agent is asked for is one sysctl, and malformed requests are refused", async () => {
  const wrong = [
    "101 main - 1000 - sysctl-tree",
    "102 main - 1000 - sysctl-set 32 kernel.ostype x",
    "103 main - 1000 - sysctl-set - kernel.ostype",
    "104 main - 1000 - sysctl-restore 32",
    "105 main - 1000 - sysctl-restore",
    "106 main - 1000 - sysctl auto",
    `107 main - 1000 - sysctl-set - kernel.ostype ${"x".repeat(257)}`,
  ];
  const run = await runAgent([s.sleep(1)], {
    editPlan: (text) =>
      text.replace(
        "begin\n",
        `begin\n100 main - 1000 - sysctl-tree kernel.ostype\n${wrong.join("\n")}\n`,
      ),
  });
  const replies = run.observations.filter(({ stepId }) => stepId !== null && stepId >= 100);
  expect(replies[0]!.data).toMatchObject({ content: "kernel.ostype text Linux\n", count: 1 });
  expect(replies.slice(1).map(({ status }) => status)).toEqual(wrong.map(() => "refused"));
});
