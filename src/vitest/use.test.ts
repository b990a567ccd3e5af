import { describe, expect, test as vitestTest } from "vitest";
import type { UseOptions } from "./use-options.js";
import { test } from "./test.js";

const codeOf = (work: () => void): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

const unknownOption = codeOf(() => test.use({ kernal: "TWQDEBUG" } as UseOptions));
const unknownScope = codeOf(() => test.use({ scope: "suite" } as unknown as UseOptions));
test.use({ gate: () => "no guest is booted in a unit test" });
const second = codeOf(() => test.use({}));
let inSuite: unknown;
describe("a suite", () => {
  inSuite = codeOf(() => test.use({}));
  vitestTest("is here for its name", () => undefined);
});

vitestTest("an option that there is none of is refused, with the nearest", () => {
  expect(unknownOption).toMatchObject({
    code: "use-option-unknown",
    hint: "did you mean kernel?",
  });
  expect(unknownScope).toMatchObject({ code: "use-scope-unknown" });
});

vitestTest("use is refused anywhere but once at the top of a file", () => {
  expect(second).toMatchObject({ code: "use-nested" });
  expect(second).toMatchObject({ message: expect.stringContaining("a second time") as string });
  expect(inSuite).toMatchObject({
    message: expect.stringContaining('inside the suite "a suite"') as string,
  });
  expect(codeOf(() => test.use({}))).toMatchObject({ code: "use-nested" });
});
