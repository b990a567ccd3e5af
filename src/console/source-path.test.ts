import { expect, test } from "vitest";
import { withoutBuilder } from "./source-path.js";

test.each([
  ["at /usr/src/sys/kern/sys_pipe.c:12", "at sys/kern/sys_pipe.c:12"],
  ["@ /home/sys/freebsd/sys/netinet/tcp_input.c:12", "@ sys/netinet/tcp_input.c:12"],
  ["@ ../../../kern/kern_mutex.c:9", "@ sys/kern/kern_mutex.c:9"],
  ["@ /b/src/sys/contrib/zfs/include/sys/kmem.h:3", "@ sys/contrib/zfs/include/sys/kmem.h:3"],
  ["@ /home/me/mymod/lamp.c:5)", "@ lamp.c:5)"],
  ["in /work/linux/drivers/x.c:5:9, index", "in x.c:5:9, index"],
  ["file /etc/fstab and /dev/da0", "file /etc/fstab and /dev/da0"],
  ["kern/x.c:5 stays", "kern/x.c:5 stays"],
])("makes of %s: %s", (text, short) => {
  expect(withoutBuilder(text)).toBe(short);
});

test("stays fast on a line of slashes", () => {
  const text = "/a".repeat(4000);
  expect(withoutBuilder(text)).toBe(text);
});
