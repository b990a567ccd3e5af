import { expect, test } from "vitest";
import * as steps from "../protocol/steps.js";
import { programsOf } from "./programs-of.js";

test("finds the programs of steps, wherever they are", () => {
  const date = steps.program("/bin/date", [], { name: "date" });
  const nested = steps.parallel([steps.process("p", [steps.thread("t", [date])])]);
  expect(programsOf([steps.sleep(1), date, nested])).toEqual([
    { step: "date", path: "/bin/date" },
    { step: "date", path: "/bin/date" },
  ]);
});
