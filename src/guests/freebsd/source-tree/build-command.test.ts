import { expect, test } from "vitest";
import { buildCommand } from "./build-command.js";

test.each([
  [{ platform: "freebsd" }, "make -C /usr/src sysent"],
  [{ platform: "freebsd", objdirPrefix: "/obj" }, "MAKEOBJDIRPREFIX=/obj make -C /usr/src sysent"],
  [
    { platform: "linux", objdirPrefix: "/obj" },
    "MAKEOBJDIRPREFIX=/obj /usr/src/tools/build/make.py TARGET=amd64 TARGET_ARCH=amd64 sysent",
  ],
  [
    { platform: "linux", objdirPrefix: "/obj", crossBindir: "/llvm/bin" },
    "MAKEOBJDIRPREFIX=/obj /usr/src/tools/build/make.py --cross-bindir=/llvm/bin TARGET=amd64 TARGET_ARCH=amd64 sysent",
  ],
  [
    { platform: "darwin" },
    "MAKEOBJDIRPREFIX=OBJDIR /usr/src/tools/build/make.py TARGET=amd64 TARGET_ARCH=amd64 sysent",
  ],
] as const)("names the make of the host: %j", (host, command) => {
  expect(buildCommand("/usr/src", "sysent", host)).toBe(command);
});
