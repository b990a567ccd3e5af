import { expect } from "vitest";
import { test } from "./test.js";

// It fails, as it must, because nothing says which guest it wants.
test.fails("a test without test.use has no guest", ({ guest }) => {
  expect(guest).toBeDefined();
});
