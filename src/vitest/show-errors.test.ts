import { expect, test } from "vitest";
import { LaneError } from "../base/errors.js";
import { shownError } from "./show-errors.js";

test("a failure shows the code behind the first line and the hint as the last one", () => {
  const error = new LaneError("guest-ended", "boot: the guest has ended\nCall Trace:", {
    hint: "look at $& in the console",
  });
  const { name, message, stack } = shownError(error);
  expect(`${name}: ${message}`).toBe(
    "LaneError: boot: the guest has ended [guest-ended]\nCall Trace:\nhint: look at $& in the console",
  );
  expect(stack).toMatch(
    /^LaneError: boot: the guest has ended \[guest-ended\]\nCall Trace:\nhint: .*\n +at /,
  );
  expect(error.message).toBe("boot: the guest has ended\nCall Trace:");
});

test("Vitest is told so", () => {
  const { cause, ...shown } = JSON.parse(
    JSON.stringify(new LaneError("channel-silent", "getpid: no answer", { cause: "cut" })),
  ) as Record<string, unknown>;
  expect(cause).toBe("cut");
  expect(shown).toMatchObject({ name: "LaneError", code: "channel-silent" });
  expect(shown["message"]).toContain("getpid: no answer [channel-silent]\nhint: ");
});
