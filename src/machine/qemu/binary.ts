/**
 * Which QEMU this host has.
 */
import { statSync } from "node:fs";
import { LaneError } from "../../base/errors.js";
import { runCommand } from "../../host/command.js";
import { findProgram } from "../../host/paths.js";

export interface QemuBinary {
  readonly path: string;
  /** Such as `7.2.22`. */
  readonly version: string;
}

/** `-action` and the reasons of `SHUTDOWN` are relied upon; both are there from this version on (qemu 6.0 release notes). */
const OLDEST_MAJOR = 6;

/** By file. Asking takes a tenth of a second, which is a third of what a restored guest takes to answer. */
const versions = new Map<string, string>();

/**
 * @throws LaneError `qemu-missing`, `qemu-broken` or `qemu-too-old` (host)
 * @example await findQemu("qemu-system-x86_64")
 */
export async function findQemu(name: string): Promise<QemuBinary> {
  const path = findProgram(name);
  if (path === undefined) {
    throw new LaneError("qemu-missing", `${name} was not found in PATH`, { hint: qemuRemedy() });
  }
  const { mtimeMs, size, ino } = statSync(path);
  const file = `${path} ${mtimeMs} ${size} ${ino}`;
  const known = versions.get(file);
  const version = known ?? (await askVersion(path));
  versions.set(file, version);
  return { path, version };
}

async function askVersion(path: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand({ argv: [path, "--version"] }, 20_000);
  const version = /version (\d+)(\.\d+)*/.exec(stdout);
  if (code !== 0 || !version) {
    throw new LaneError(
      "qemu-broken",
      `${path} --version ended with status ${code ?? "none"} and said: ${(stdout + stderr).trim() || "nothing"}`,
      { hint: qemuRemedy() },
    );
  }
  if (Number(version[1]) < OLDEST_MAJOR) {
    throw new LaneError(
      "qemu-too-old",
      `${path} is version ${version[0].slice("version ".length)}, expected ${OLDEST_MAJOR}.0 or later`,
      { hint: qemuRemedy() },
    );
  }
  return version[0].slice("version ".length);
}

function qemuRemedy(): string {
  if (process.platform === "darwin") return "brew install qemu";
  if (process.platform === "freebsd") return "pkg install qemu-nox11";
  return "apt-get install qemu-system-x86 (Debian, Ubuntu), dnf install qemu-system-x86 (Fedora), pacman -S qemu-system-x86 (Arch)";
}
