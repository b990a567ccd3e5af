import { Command } from "commander";
import { expect, test } from "vitest";
import { runCommand } from "./run.js";
import { refuseOthers, unusedInRun } from "./unused-options.js";

test.each(unusedInRun)("run refuses --%s beside %s", async (option, beside) => {
  const command = runCommand();
  const words = [option, beside].flatMap((name) => {
    const known = command.options.find((one) => one.attributeName() === name)!;
    return known.isBoolean() ? [known.long!] : [known.long!, "5s"];
  });
  await expect(command.parseAsync(["node", "run", ...words])).rejects.toMatchObject({
    code: "option-unused",
    who: "usage",
    message: expect.stringContaining(words[0]!) as string,
  });
});

test("refuses what has no use there, and lets defaults pass", () => {
  const command = new Command("console").option("--read-only").option("--memory <size>", "", "1G");
  command.parse(["--read-only"], { from: "user" });
  const refuse = () => refuseOthers(command, ["readOnly"], "on a run's console", "it has a guest");
  expect(refuse).not.toThrow();
  command.parse(["--memory", "2G"], { from: "user" });
  expect(refuse).toThrow("--memory has no effect on a run's console: it has a guest");
});
