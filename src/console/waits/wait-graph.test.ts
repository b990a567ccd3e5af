import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deadlockTitle } from "./wait-graph.js";
import type { WaitGraph } from "./waits.js";

/** Thread N holds lock N and waits for lock N + 1, the last one for the first. */
function ring(length: number, turnedBy = 0): WaitGraph {
  const threads = Array.from({ length }, (_, index) => (index + turnedBy) % length);
  return {
    holds: threads.map((n) => ({ thread: nameOf(n), lock: `lock_${letter(n)}` })),
    waits: threads.map((n) => ({ thread: nameOf(n), lock: `lock_${letter((n + 1) % length)}` })),
  };
}

const letter = (n: number): string => String.fromCharCode(97 + n);
const nameOf = (n: number): string => `thread_${letter(n)}/${n + 100}`;

describe("the title of a deadlock", () => {
  test("names the threads and their locks", () => {
    expect(deadlockTitle(ring(2))).toBe(
      "deadlock: thread_a holds lock_a and waits for lock_b, thread_b holds lock_b and waits for lock_a",
    );
    expect(deadlockTitle(ring(1))).toBe("deadlock: thread_a holds lock_a and waits for lock_a");
  });

  test("is the same whoever was read first, however long the cycle is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(40), (length, turn) => {
        expect(deadlockTitle(ring(length, turn % length))).toBe(deadlockTitle(ring(length)));
      }),
    );
    expect(deadlockTitle(ring(6))).toMatch(/, and 2 more$/);
  });

  test("is found behind threads that only wait for those of the cycle", () => {
    const { holds, waits } = ring(3);
    const waiter = { thread: "other/9", lock: "lock_b" };
    expect(deadlockTitle({ holds, waits: [waiter, ...waits] })).toBe(deadlockTitle(ring(3)));
  });

  test("is none without a cycle, and none by a lock that several hold", () => {
    const { holds, waits } = ring(3);
    expect(deadlockTitle({ holds, waits: waits.slice(1) })).toBeUndefined();
    const reader = { thread: "other/9", lock: "lock_b" };
    expect(deadlockTitle({ holds: [...holds, reader], waits })).toBeUndefined();
    expect(deadlockTitle({ holds: [], waits: [] })).toBeUndefined();
  });

  test("tells locks of one name apart by their addresses", () => {
    const one = { lock: "vnode", address: "0x1" };
    const two = { lock: "vnode", address: "0x2" };
    const [a, b] = [{ thread: "a/1" }, { thread: "b/2" }];
    const holds = [
      { ...a, ...one },
      { ...b, ...two },
    ];
    expect(
      deadlockTitle({
        holds,
        waits: [
          { ...a, ...two },
          { ...b, ...one },
        ],
      }),
    ).toBe("deadlock: a holds vnode and waits for vnode, b holds vnode and waits for vnode");
    const other = { ...b, lock: "vnode", address: "0x3" };
    expect(deadlockTitle({ holds, waits: [{ ...a, ...two }, other] })).toBeUndefined();
  });
});
