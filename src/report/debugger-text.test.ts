import { expect, test } from "vitest";
import { formatDebugger } from "./debugger-text.js";

const nothing = { hypervisor: "qemu" as const, hasLines: false, lookedFor: [], otherBuilds: [] };

test("gives the commands of gdb and lldb, with a path that a shell takes", () => {
  const lines = formatDebugger({
    ...nothing,
    guest: "linux",
    port: 1234,
    path: "/my src/vmlinux",
    hasLines: true,
  });
  expect(lines).toContain("  gdb '/my src/vmlinux' -ex 'target remote 127.0.0.1:1234'");
  expect(lines).toContain("  lldb '/my src/vmlinux' -o 'gdb-remote 127.0.0.1:1234'");
  expect(lines.join("\n")).toContain("nokaslr");
  expect(lines.join("\n")).not.toContain("names only");
});

test("says what is missing, and tells gdb the architecture that it cannot read from a file", () => {
  const lines = formatDebugger({
    ...nothing,
    guest: "freebsd",
    port: 1234,
    lookedFor: ["/obj/kernel.full", "/obj/kernel.debug"],
  });
  expect(lines).toContain(
    "  gdb -ex 'set architecture i386:x86-64' -ex 'target remote 127.0.0.1:1234'",
  );
  expect(lines).toContain(
    "no file with the kernel's symbols: found none of /obj/kernel.full, /obj/kernel.debug",
  );
  expect(lines.join("\n")).not.toContain("nokaslr");
});

test("has a gdb that knows no FreeBSD read the file of its kernel", () => {
  const freebsd = { ...nothing, guest: "freebsd", port: 1, path: "/k/kernel.debug" } as const;
  expect(formatDebugger({ ...freebsd, hypervisor: "qemu" })[1]).toBe(
    "  gdb -iex 'set osabi none' /k/kernel.debug -ex 'target remote 127.0.0.1:1'",
  );
  expect(formatDebugger({ ...freebsd, hypervisor: "bhyve" })[1]).toBe(
    "  gdb /k/kernel.debug -ex 'target remote 127.0.0.1:1'",
  );
});

test("says that names alone show no lines, and which file is of another build", () => {
  const text = formatDebugger({
    ...nothing,
    guest: "linux",
    port: 1,
    path: "/a/vmlinux",
    otherBuilds: ["/b/vmlinux"],
  }).join("\n");
  expect(text).toContain("/a/vmlinux has names only");
  expect(text).toContain("/b/vmlinux is of another build and not used");
});

test("says which breakpoints hold: bhyve has no hardware ones, and the kernel is in memory already", () => {
  const textUnder = (hypervisor: "qemu" | "bhyve"): string =>
    formatDebugger({ ...nothing, guest: "freebsd", hypervisor, port: 1 }).join("\n");
  expect(textUnder("qemu")).toMatch(/only hardware breakpoints hold: hbreak NAME/);
  expect(textUnder("bhyve")).toMatch(/software breakpoints only.*: break NAME/);
  expect(textUnder("bhyve")).not.toContain("hbreak");
});
