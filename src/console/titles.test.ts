import { expect, test } from "vitest";
import { fillTitle } from "./titles.js";

test("leaves out what is in brackets when a value in it is missing", () => {
  expect(
    fillTitle("KASAN: $kind[ $access][ in $frame]", { kind: "use-after-free", access: "Read" }),
  ).toBe("KASAN: use-after-free Read");
});

test("takes addresses and free-standing numbers out, and leaves names alone", () => {
  const text = "bad state 17 of em0 at 0xfffffe0053f7d000, ffff888004b2c1a0, file.c:212, ino6";
  expect(fillTitle("panic: $text", { text })).toBe(
    "panic: bad state NUM of emNUM at ADDR, ADDR, file.c:NUM, ino6",
  );
});

test.each([
  ["kworker/u8:3-ext4-rsv in kworker/0:1H", "kworker/NUM in kworker/NUM"],
  ["syz-executor5 and syz.0.17", "syz-executorNUM and syzNUM"],
  ["Bad page state pfn:1a2b", "Bad page state pfn:NUM"],
  ["error (device loop0): inode #12", "error (device loopNUM): inode #NUM"],
  ["at /home/me/src/sys/kern/kern_foo.c:12", "at kern/kern_foo.c:NUM"],
  ["at ../../../dev/foo/foo.c:12", "at foo/foo.c:NUM"],
  ["object 00000000deadbeef, ffffffffffffffff, (____ptrval____)", "object ADDR, ADDR, ADDR"],
  ["8 bytes[   76.471107] BUG: another", "NUM bytes"],
  ["stuck for 26s, 12.5 of 512kB", "stuck for NUMs, NUM of NUMkB"],
  ["0000:00:1f.2 and 52:54:00:12:34:56", "ADDR and ADDR"],
  ["foo.isra.0.cold and bar.part.1", "foo and bar"],
  ["ext4 ipv6 amd64 v4.2 sha256", "ext4 ipv6 amd64 v4.2 sha256"],
])("says %j without what changes", (text, stable) =>
  expect(fillTitle("$text", { text })).toBe(stable),
);

test("takes the number off a process's name", () => {
  expect(fillTitle("killed $#who", { who: "worker12" })).toBe("killed workerNUM");
});

test("keeps a number that is a name", () => {
  expect(fillTitle("Fatal trap $=number", { number: "12" })).toBe("Fatal trap 12");
});

test("is bounded", () => {
  expect(fillTitle("$text", { text: "x".repeat(5000) })).toHaveLength(200);
});

test.each([
  ["invalid flags 5a", "invalid flags NUM"],
  ["invalid flags 5", "invalid flags NUM"],
  ["start (ff) > end (1a2b3c4d5e)!", "start (NUM) > end (NUM)!"],
  ["map 0xfffff80003a4c100 cannot find 80f", "map ADDR cannot find NUM"],
  ["bad face of cd0 at kern/x.c:12", "bad face of NUM at kern/x.c:NUM"],
])("takes FreeBSD's %j for %j", (text, title) => {
  expect(fillTitle("$~text", { text })).toBe(title);
});

test("cuts a title where the words end that stay the same", () => {
  const title = (n: number): string =>
    fillTitle("$text", { text: `${"a b ".repeat(45)}${n} and ${n}` });
  expect(title(1)).toBe(title(123456));
});
