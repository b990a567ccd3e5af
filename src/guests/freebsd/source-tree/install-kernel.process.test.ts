/** The tree's make is a stand-in: a shell script that does what installkernel leaves behind, or fails. */
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { packageRoot } from "../../../host/paths.js";
import { buildCommand, thisHost } from "./build-command.js";
import { findMake } from "./find-make.js";
import { installKernel, type InstallOptions } from "./install-kernel.js";
import { tempFolder } from "../../../../test/temp-folder.js";

/** Writes down how it was called, then installs as `kern.post.mk` does. */
const INSTALLS = `
{ for word; do echo "$word"; done; echo "prefix=$MAKEOBJDIRPREFIX"; } > "$0.called"
for word; do case "$word" in *=*|-*) ;; *) continue;; esac
  case "$word" in KERNCONF=*) conf=\${word#*=};; INSTKERNNAME=*) slot=\${word#*=};;
    DESTDIR=*) dest=\${word#*=};; NO_MODULES=yes) bare=1;; esac
done
echo ">>> Installing kernel $conf"
mkdir -p "$dest/boot/$slot" && : > "$dest/METALOG"
cp "$MAKEOBJDIRPREFIX$2/amd64.amd64/sys/$conf/kernel" "$dest/boot/$slot/kernel"
[ "$bare" ] || { : > "$dest/boot/$slot/if_vtnet.ko"; : > "$dest/boot/$slot/linker.hints"; : > "$dest/boot/$slot/aio.ko"; }
`;

let scratch: string;
let options: InstallOptions;

beforeEach(() => {
  scratch = realpathSync(tempFolder("install"));
  const sourceDir = join(scratch, "src");
  cpSync(join(packageRoot(), "test/fixtures/freebsd-src/15"), sourceDir, { recursive: true });
  const objdirPrefix = join(scratch, "obj");
  const built = join(objdirPrefix, sourceDir, "amd64.amd64/sys/TWQDEBUG");
  mkdirSync(built, { recursive: true });
  writeFileSync(join(built, "kernel"), "the kernel");
  options = { sourceDir, conf: "TWQDEBUG", objdirPrefix, destDir: join(scratch, "dest") };
  standIn(INSTALLS);
  vi.stubEnv("XCC", "/mine/clang");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("installKernel", () => {
  it("runs the tree's installkernel without modules, as any user, into the scratch folder", async () => {
    const installed = await installKernel({ ...options, slot: "MINE" });
    expect(installed).toEqual({ kernel: join(scratch, "dest/boot/MINE/kernel"), modules: [] });
    expect(readFileSync(installed.kernel, "utf8")).toBe("the kernel");
    const words = readFileSync(`${makePath()}.called`, "utf8").trim().split("\n");
    expect(words.slice(0, 7)).toEqual([
      ...["-C", options.sourceDir, "installkernel", "KERNCONF=TWQDEBUG", "INSTKERNNAME=MINE"],
      ...["NO_MODULES=yes", "-DNO_ROOT"],
    ]);
    expect(words).toContain(`DESTDIR=${join(scratch, "dest")}`);
    expect(words).toContain(`prefix=${join(scratch, "obj")}`);
  });

  it("brings the modules when asked, and names the slot after the configuration", async () => {
    build("nullfs/nullfs.ko", "geom/geom_eli/geom_eli.ko", "virtio/random/virtio_random.ko.debug");
    const { modules } = await installKernel({ ...options, withModules: true });
    expect(modules).toEqual(
      ["aio.ko", "if_vtnet.ko"].map((name) => join(scratch, "dest/boot/TWQDEBUG", name)),
    );
    const called = readFileSync(`${makePath()}.called`, "utf8");
    expect(called).not.toContain("NO_MODULES");
    expect(called).toContain("MODULES_OVERRIDE=geom/geom_eli nullfs\n");
  });

  it("leaves a list of modules of the user's own alone", async () => {
    build("nullfs/nullfs.ko");
    vi.stubEnv("MODULES_OVERRIDE", "virtio");
    await installKernel({ ...options, withModules: true });
    expect(readFileSync(`${makePath()}.called`, "utf8")).not.toContain("MODULES_OVERRIDE=");
  });

  it("refuses modules that were not built, before make runs", async () => {
    await expect(installKernel({ ...options, withModules: true })).rejects.toMatchObject({
      code: "modules-not-found",
    });
    expect(existsSync(`${makePath()}.called`)).toBe(false);
  });

  it("tells the tree of a compiler where the user named none", async () => {
    const bin = join(scratch, "bin");
    for (const tool of ["clang", "clang++", "clang-cpp", "ld.lld"])
      writeFileSync(join(bin, tool), "");
    vi.stubEnv("XCC", "");
    standIn(`echo "$XCC" > "$0.xcc"\n${INSTALLS}`);
    await installKernel(options);
    const named = readFileSync(`${makePath()}.xcc`, "utf8").trim();
    const isCross = process.platform !== "freebsd" || process.arch !== "x64";
    expect(named).toBe(isCross ? join(bin, "clang") : "");
  });

  it("installs again over an earlier install", async () => {
    const first = await installKernel(options);
    expect(await installKernel(options)).toEqual(first);
  });

  it("takes the object folder from the environment when none is given", async () => {
    const { objdirPrefix = "", ...rest } = options;
    vi.stubEnv("MAKEOBJDIRPREFIX", objdirPrefix);
    expect((await installKernel(rest)).kernel).toMatch(/boot\/TWQDEBUG\/kernel$/);
  });

  it("passes make's output on, or keeps its last lines for the error", async () => {
    standIn(
      "i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i+1)); done; printf 'make: stopped\\033[2J\\n' >&2; exit 2",
    );
    const heard: Buffer[] = [];
    const shown = installKernel({ ...options, onOutput: (bytes) => void heard.push(bytes) });
    await expect(shown).rejects.toThrow(/status 2[^]*installkernel KERNCONF=TWQDEBUG/);
    await expect(shown).rejects.not.toThrow("line 59");
    const failure = installKernel(options);
    await expect(failure).rejects.toMatchObject({ code: "installkernel-failed", who: "image" });
    await expect(failure).rejects.toThrow(/status 2[^]*installkernel KERNCONF=TWQDEBUG[^]*line 59/);
    await expect(failure).rejects.toThrow("make: stopped^[[2J");
    await expect(failure).rejects.not.toThrow("line 20\n");
    expect(Buffer.concat(heard).toString()).toContain("line 0\n");
  });

  it("does not believe a make that ends well and leaves no kernel", async () => {
    standIn("exit 0");
    await expect(installKernel(options)).rejects.toThrow(/left no .*boot\/TWQDEBUG\/kernel/);
  });

  it("starts no make when nothing was built, and says what to run", async () => {
    await expect(installKernel({ ...options, conf: "GENERIC" })).rejects.toMatchObject({
      code: "kernel-not-built",
      hint: expect.stringContaining(
        buildCommand(
          options.sourceDir,
          "buildkernel KERNCONF=GENERIC",
          thisHost(options.objdirPrefix),
        ),
      ) as string,
    });
    expect(existsSync(`${makePath()}.called`)).toBe(false);
  });

  it.each([
    [{ slot: "kernel" }, "slot-name-reserved"],
    [{ slot: "../x" }, "slot-name-invalid"],
    [{ conf: "a/b" }, "kernel-conf-invalid"],
    [{ sourceDir: "/nonexistent" }, "source-tree-not-found"],
    [{ destDir: "/" }, "install-dest-not-scratch"],
    [{ destDir: "/dev/null/x" }, "install-dest-unwritable"],
  ])("refuses %j before it runs anything: %s", async (changed, code) => {
    await expect(installKernel({ ...options, ...changed })).rejects.toMatchObject({ code });
    expect(existsSync(`${makePath()}.called`)).toBe(false);
  });

  it("ends make when it is interrupted", async () => {
    standIn('echo "$$" > "$0.pid"; echo up; exec sleep 60');
    const controller = new AbortController();
    const install = installKernel({
      ...options,
      signal: controller.signal,
      onOutput: () => controller.abort(new Error("Ctrl-C")),
    });
    await expect(install).rejects.toThrow("Ctrl-C");
    const pid = Number(readFileSync(`${makePath()}.pid`, "utf8"));
    expect(() => process.kill(pid, 0)).toThrow(expect.objectContaining({ code: "ESRCH" }));
  });
});

describe("findMake", () => {
  it.each(["linux", "darwin", "freebsd"] as const)("says what is missing on %s", (platform) => {
    vi.stubEnv("PATH", join(scratch, "empty"));
    const program = platform === "freebsd" ? "make" : "bmake";
    expect(() => findMake(platform, scratch)).toThrow(
      expect.objectContaining({
        code: "make-missing",
        who: "host",
        message: expect.stringMatching(new RegExp(`^${program} was not found`)) as string,
      }),
    );
  });
});

it("takes the bmake that make.py left in the object folder, and make on FreeBSD", () => {
  const built = join(scratch, "obj/bmake-install/bin/bmake");
  mkdirSync(dirname(built), { recursive: true });
  writeFileSync(built, "#!/bin/sh\n", { mode: 0o755 });
  expect(findMake("linux", join(scratch, "obj"))).toBe(built);
  vi.stubEnv("PATH", join(scratch, "empty"));
  expect(() => findMake("freebsd", join(scratch, "obj"))).toThrow(/^make was not found/);
});

/** Files of modules, as a build leaves them. */
function build(...modules: readonly string[]): void {
  const { objdirPrefix = "", sourceDir } = options;
  const folder = join(objdirPrefix, sourceDir, "amd64.amd64/sys/TWQDEBUG/modules", sourceDir);
  for (const module of modules) {
    const path = join(folder, "sys/modules", module);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
}

function makePath(): string {
  return join(scratch, "bin", process.platform === "freebsd" ? "make" : "bmake");
}

function standIn(script: string): void {
  mkdirSync(join(scratch, "bin"), { recursive: true });
  writeFileSync(makePath(), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${join(scratch, "bin")}${delimiter}${process.env["PATH"] ?? ""}`);
}
