import { expect, test } from "vitest";
import { closedGate } from "./gate.js";

test("a variable opens its gate by being 1, and by nothing else", () => {
  expect(closedGate("TWQ_RUN_VM_INTEGRATION", { TWQ_RUN_VM_INTEGRATION: "1" })).toBeUndefined();
  for (const value of [undefined, "", "0", "yes"]) {
    const why = closedGate("TWQ_RUN_VM_INTEGRATION", { TWQ_RUN_VM_INTEGRATION: value });
    expect(why).toContain("with TWQ_RUN_VM_INTEGRATION=1 these tests boot guests");
  }
  expect(closedGate("CI_VM", { CI_VM: "0" })).toBe(
    'CI_VM is "0"; with CI_VM=1 these tests boot guests',
  );
});

test("a gate may be open, closed, or have a reason of its own", () => {
  expect(closedGate(true)).toBeUndefined();
  expect(closedGate(false)).toBe("test.use says gate: false");
  expect(closedGate(() => "no KVM here")).toBe("no KVM here");
  expect(closedGate(() => undefined)).toBeUndefined();
});
