import { expect, test } from "vitest";
import { lineOfField } from "./config-lines.js";

const source = `import { defineConfig, defineLane } from "kernlane";

const mine = defineLane({
  guest: "linux",
  machine: {
    cpus: "two",
  },
  probe: [
    a(),
    b(),
  ],
});

export default defineConfig({
  lanes: { mine, "other-lane": { guest: "linux" } as const },
});
`;

test.each([
  [["lanes", "mine", "machine", "cpus"], 6],
  [["lanes", "mine", "probe", 1], 10],
  [["lanes", "other-lane", "guest"], 15],
  [["lanes", "mine", "nowhere"], 15],
  [[], 14],
] as const)("finds %j on line %i", (path, line) => {
  expect(lineOfField(source, path)).toBe(line);
});

test("says nothing of a text that is no config", () => {
  expect(lineOfField("{{{", ["lanes"])).toBeUndefined();
  expect(lineOfField("const a = 1;", ["lanes"])).toBeUndefined();
});
