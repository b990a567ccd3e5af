import { linkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunPlan } from "./plan.js";
import { refuseInputAsLog } from "./refuse-input-as-log.js";
import { tempFolder } from "../../test/temp-folder.js";

const folder = tempFolder("input-as-log");
for (const name of ["image", "kernel", "program", "other"]) writeFileSync(join(folder, name), name);
symlinkSync(join(folder, "image"), join(folder, "link"));
linkSync(join(folder, "kernel"), join(folder, "second-name"));

function refuse(log: string): void {
  refuseInputAsLog({
    request: { image: join(folder, "image"), files: { "/probe": join(folder, "program") } },
    columns: [{ consoleLog: join(folder, log), file: { path: join(folder, "kernel") } }],
  } as unknown as RunPlan);
}

test.each(["image", "kernel", "program", "link", "second-name"])(
  "a log does not overwrite what the run reads: %s",
  (log) => {
    expect(() => refuse(log)).toThrow(
      expect.objectContaining({ code: "out-not-writable", who: "usage" }) as Error,
    );
  },
);

test("a log may be new, or another file", () => {
  refuse("new");
  refuse("other");
});
