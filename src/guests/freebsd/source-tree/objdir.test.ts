import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findKernelInObjdir } from "./objdir.js";
import { tempFolder } from "../../../../test/temp-folder.js";

let prefix: string;

beforeEach(() => {
  prefix = tempFolder("objdir");
});

describe("findKernelInObjdir", () => {
  it("finds the kernel by prefix and configuration alone", () => {
    const kernel = build("usr/src", "TWQDEBUG");
    build("usr/src", "GENERIC");
    expect(findKernelInObjdir({ objdirPrefix: prefix, conf: "TWQDEBUG" })).toBe(kernel);
  });

  it("looks only where the source tree's kernel is, given a tree", () => {
    const kernel = build("home/me/src", "TWQDEBUG");
    build("usr/src", "TWQDEBUG");
    const query = { objdirPrefix: prefix, conf: "TWQDEBUG" };
    expect(findKernelInObjdir({ ...query, sourceDir: "/home/me/src" })).toBe(kernel);
    expect(() => findKernelInObjdir({ ...query, sourceDir: "/other" })).toThrow(
      expect.objectContaining({ code: "kernel-not-built" }),
    );
  });

  it("names several kernels and refuses to choose", () => {
    build("usr/src", "TWQDEBUG");
    build("home/me/src", "TWQDEBUG");
    expect(() => findKernelInObjdir({ objdirPrefix: prefix, conf: "TWQDEBUG" })).toThrow(
      /2 kernels TWQDEBUG, expected one: usr\/src\/amd64\.amd64\S+, home\/me\/src\/\S+/,
    );
  });

  it("says what is there and how to build what is not", () => {
    build("usr/src", "TWQDEBUG");
    expect(() => findKernelInObjdir({ objdirPrefix: prefix, conf: "TWQDEBIG" })).toThrow(
      expect.objectContaining({
        code: "kernel-not-built",
        who: "image",
        message: expect.stringMatching(/kernels TWQDEBUG \(did you mean TWQDEBUG\?\)/) as string,
        hint: expect.stringContaining("buildkernel KERNCONF=TWQDEBIG") as string,
      }),
    );
  });

  it("takes no folder for a kernel", () => {
    mkdirSync(join(prefix, "usr/src/amd64.amd64/sys/TWQDEBUG/kernel"), { recursive: true });
    expect(() => findKernelInObjdir({ objdirPrefix: prefix, conf: "TWQDEBUG" })).toThrow(
      /found no kernel/,
    );
  });

  it("refuses a missing prefix", () => {
    expect(() =>
      findKernelInObjdir({ objdirPrefix: join(prefix, "none"), conf: "TWQDEBUG" }),
    ).toThrow(expect.objectContaining({ code: "objdir-not-found", who: "usage" }));
  });

  it.each(["", "../GENERIC", "a/b", "-x", "a b"])("refuses %j as a configuration", (conf) => {
    expect(() => findKernelInObjdir({ objdirPrefix: prefix, conf })).toThrow(
      expect.objectContaining({ code: "kernel-conf-invalid" }),
    );
  });

  it("ends on a prefix with links in a circle, and on one that holds far too much", () => {
    symlinkSync(prefix, join(prefix, "circle"));
    const kernel = build("usr/src", "TWQDEBUG");
    expect(findKernelInObjdir({ objdirPrefix: prefix, conf: "TWQDEBUG" })).toBe(kernel);
    for (let count = 0; count < 400; count++) mkdirSync(join(prefix, `${count}`));
    expect(() => findKernelInObjdir({ objdirPrefix: prefix, conf: "TWQDEBUG" })).toThrow(
      expect.objectContaining({ code: "objdir-too-large" }),
    );
  });
});

function build(source: string, conf: string): string {
  const kernel = join(prefix, source, "amd64.amd64/sys", conf, "kernel");
  mkdirSync(dirname(kernel), { recursive: true });
  writeFileSync(kernel, conf);
  return kernel;
}
