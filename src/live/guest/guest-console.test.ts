import { expect, test, vi } from "vitest";
import { LaneError } from "../../base/errors.js";
import { openGuestConsole } from "./guest-console.js";

test("a wait finds what was said since the last one that was found", async () => {
  const { console, line, begin } = openGuestConsole();
  line("login: boot");
  begin();
  line("login: first");
  line("login: second");
  expect(await console.waitFor("login")).toBe("login: first");
  expect(await console.waitFor(/login/g)).toBe("login: second");
  const third = console.waitFor("login");
  line("login: third");
  expect(await third).toBe("login: third");
});

test("waits at the same time do not hold each other up, and one line ends all that it meets", async () => {
  const { console, line, end } = openGuestConsole();
  const never = console.waitFor("never said", { timeoutMs: 60_000 });
  const second = console.waitFor("two");
  const either = console.waitFor(/one|two/);
  line("one");
  line("two");
  expect(await Promise.all([second, either])).toEqual(["two", "one"]);
  end((name) => new LaneError("guest-ended", name));
  await expect(never).rejects.toMatchObject({ code: "guest-ended" });
});

test("shows each line to each wait once, however many came before it", async () => {
  const { console, line } = openGuestConsole();
  const looks = vi.spyOn(RegExp.prototype, "test");
  const found = console.waitFor(/the last/);
  for (let number = 0; number < 9_000; number++) line(`line ${number}`);
  line("the last");
  const count = looks.mock.calls.length;
  looks.mockRestore();
  expect(await found).toBe("the last");
  expect(count).toBe(9_001);
});

test("a guest that ends ends every wait, and one that is begun afterwards", async () => {
  const { console, line, end } = openGuestConsole();
  const waits = ["one", "two"].map((text) => console.waitFor(text));
  line("said");
  end((name) => new LaneError("guest-ended", `${name}: over`));
  for (const wait of waits) await expect(wait).rejects.toThrow(/over/);
  expect(await console.waitFor("said")).toBe("said");
  await expect(console.waitFor("said")).rejects.toMatchObject({ code: "guest-ended" });
});

test("says what the console said when a line does not come", async () => {
  const { console, line } = openGuestConsole();
  line("something else");
  await expect(console.waitFor("it", { timeoutMs: 1 })).rejects.toMatchObject({
    code: "console-timeout",
    message:
      'console.waitFor("it"): no such line within 1 ms; the console\'s last lines:\n  something else',
  });
});
