/**
 * Makes a fresh clone ready: npm packages, the programs that are needed, the build. Each step is done only if it is due.
 */
import { spawnSync } from "node:child_process";
import "../bin/check-node.js";
import { existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Programs by the Debian package that has them. */
const PROGRAMS_TO_RUN = {
  "qemu-system-x86_64": "qemu-system-x86",
  clang: "clang",
  "ld.lld": "lld",
};

/** What the tests compare with, and what builds the twin kernel. */
const PROGRAMS_TO_TEST = {
  "qemu-img": "qemu-utils",
  cpio: "cpio",
  xz: "xz-utils",
  makefs: "makefs",
  sgdisk: "gdisk",
  "grub-fstest": "grub-common",
  gcc: "gcc",
  make: "make",
  flex: "flex",
  bison: "bison",
  bc: "bc",
  bzip2: "bzip2",
  ld: "binutils",
  "llvm-symbolizer": "llvm",
  gdb: "gdb",
  crash: "crash",
  drgn: "python3-drgn",
};

/** The same for header files, by their path. */
const HEADERS_TO_TEST = {
  "/usr/include/stdio.h": "libc6-dev",
  "/usr/include/libelf.h": "libelf-dev",
};

/** What lies elsewhere on other systems, and is installed only where apt is. The tests of UEFI boots say so where it is missing. */
const DEBIAN_FILES_TO_TEST = { "/usr/share/ovmf/OVMF.fd": "ovmf" };

const OTHER_SYSTEMS = `  macOS:    brew install qemu llvm lld
  FreeBSD:  pkg install qemu-nox11 edk2-qemu-x64 llvm
  Fedora:   dnf install qemu-system-x86 qemu-img edk2-ovmf clang lld cpio xz gdisk gcc make flex bison bc gdb crash drgn
  Arch:     pacman -S qemu-system-x86 qemu-img edk2-ovmf clang lld cpio xz gptfdisk grub gcc make flex bison bc`;

/** @param {{ forTests: boolean }} options whether the programs of the tests are wanted too */
export function setUp({ forTests }) {
  installPackages();
  installPrograms(
    forTests
      ? {
          ...{ ...PROGRAMS_TO_RUN, ...PROGRAMS_TO_TEST, ...HEADERS_TO_TEST },
          ...(isThere("apt-get") ? DEBIAN_FILES_TO_TEST : {}),
        }
      : PROGRAMS_TO_RUN,
  );
  build({ types: false });
}

/** Runs a command with its output shown; ends with its status if it fails. */
export function run(argv, options = {}) {
  const [program, ...args] = argv;
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    ...options,
  });
  if (status === 0) return;
  if (error) console.error(`${argv.join(" ")}: ${error.message}`);
  process.exit(signal === "SIGINT" ? 130 : (status ?? 1));
}

function installPackages() {
  const installed = join(root, "node_modules", ".package-lock.json");
  const wanted = statSync(join(root, "package-lock.json")).mtimeMs;
  if (existsSync(installed) && statSync(installed).mtimeMs >= wanted) return;
  console.log("installing npm packages");
  run(["npm", "ci", "--no-fund", "--no-audit", "--loglevel=error"]);
}

function installPrograms(programs) {
  const missing = Object.keys(programs).filter((name) => !isThere(name));
  const needsLists = !hasKernel() && isThere("apt-get") && !aptKnows("linux-image-cloud-amd64");
  if (missing.length === 0 && !needsLists) return;
  if (!isThere("apt-get")) {
    fail(
      `these programs are missing: ${missing.join(", ")}\nPeople install them so:\n${OTHER_SYSTEMS}`,
    );
  }
  const packages = [...new Set(missing.map((name) => programs[name]))];
  console.log(
    packages.length > 0 ? `installing through apt: ${packages.join(" ")}` : "updating apt's lists",
  );
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo"];
  run([...asRoot, "apt-get", "-qq", "update"]);
  if (packages.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const quiet = ["-qq", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends"];
  run([...asRoot, "apt-get", "install", "-y", ...quiet, ...packages], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Where a system's administrator tools are, which a user's PATH may lack. */
function isThere(name) {
  if (name.startsWith("/")) return existsSync(name);
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => existsSync(join(folder, name)));
}

function hasKernel() {
  return existsSync("/boot") && readdirSync("/boot").some((name) => name.startsWith("vmlinuz"));
}

function aptKnows(name) {
  const { stdout } = spawnSync("apt-cache", ["show", "--no-all-versions", name], {
    encoding: "utf8",
  });
  return (stdout ?? "") !== "";
}

function fail(message) {
  console.error(message);
  process.exit(69);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  setUp({ forTests: process.argv.includes("--for-tests") });
