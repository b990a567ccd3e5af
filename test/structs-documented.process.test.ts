/** The example of docs/structs.md does what the page says. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";
import { tempFolder } from "./temp-folder.js";

test("the struct of the documentation is laid out as its header, and reads what it wrote", async () => {
  const page = readFileSync(join(packageRoot(), "docs", "structs.md"), "utf8");
  const [, header] = /```c\n([^]*?)```/.exec(page) ?? [];
  const [, example] = /```ts\n([^]*?)```/.exec(page) ?? [];
  const run = exampleRunner(header!);
  await run(example!);
  await expect(run(example!.replace("flags: u32", "flags: u64"))).rejects.toThrow(
    /layout|is not what was described/,
  );
  await expect(run(example!.replace("celsius, -40", "celsius, 40"))).rejects.toThrow("-40");
});

function exampleRunner(header: string): (example: string) => Promise<unknown> {
  const folder = tempFolder("documented");
  writeFileSync(join(folder, "sensor.h"), header);
  const index = JSON.stringify(join(packageRoot(), "src", "index.ts"));
  let count = 0;
  return (example) => {
    const file = join(folder, `example-${++count}.ts`);
    writeFileSync(file, example.replace('"kernlane"', index));
    return import(file);
  };
}
