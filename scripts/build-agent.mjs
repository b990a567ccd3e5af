/**
 * Builds the agent for both guest families from the one source in agent/, by clang and lld, without a C library:
 * dist/agent/{linux,freebsd}-amd64/kernlane-agent. Does nothing when they are newer than every source.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "agent");

const targets = [
  { name: "linux-amd64", os: "linux", triple: "x86_64-unknown-linux-gnu", emulation: "elf_x86_64" },
  {
    name: "freebsd-amd64",
    os: "freebsd",
    triple: "x86_64-unknown-freebsd",
    emulation: "elf_x86_64_fbsd",
  },
];

const compileFlags = [
  "-std=c17",
  "-Os",
  "-ffreestanding",
  "-fno-stack-protector",
  "-fno-pic",
  "-fno-asynchronous-unwind-tables",
  // sqrt becomes an instruction instead of a call into a library, which does not exist here.
  "-fno-math-errno",
  "-Wall",
  "-Wextra",
  "-Wconversion",
  "-Wshadow",
  "-Werror",
  // Headers are named from the agent's folder: "base/json.h".
  `-I${sources}`,
];
/** What is compiled for every guest; of base/os and base/arch each takes its own. */
const rooms = ["", "base", "worker", "control"];
const linkFlags = ["-static", "-nostdlib", "--gc-sections", "-z", "noexecstack", "--build-id=none"];

/** The paths that were built, or an empty list when everything was up to date. */
export async function buildAgents() {
  const stale = [];
  for (const target of targets) if (await isStale(target)) stale.push(target);
  return Promise.all(stale.map(buildAgent));
}

async function buildAgent({ name, os, triple, emulation }) {
  const folder = join(root, "dist", "agent", name);
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, ".build-"));
  try {
    const objects = [];
    for (const source of [...(await allFiles(".c")), ...osFiles(os)]) {
      const object = join(scratch, `${objects.length}.o`);
      await run("clang", [`--target=${triple}`, ...compileFlags, "-c", source, "-o", object]);
      objects.push(object);
    }
    const made = join(scratch, "kernlane-agent");
    await run("ld.lld", ["-m", emulation, ...linkFlags, "-o", made, ...objects]);
    // Whoever stages the agent meanwhile sees the old one or the new one, whole.
    await rename(made, join(folder, "kernlane-agent"));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return join(folder, "kernlane-agent");
}

async function isStale({ name, os }) {
  const built = await modifiedMs(join(root, "dist", "agent", name, "kernlane-agent"));
  const inputs = [
    fileURLToPath(import.meta.url),
    ...(await allFiles(".c")),
    ...(await allFiles(".h")),
    ...(await files(join(sources, "base/arch"), ".h")),
    ...osFiles(os),
    join(sources, "base/os", `${os}-calls.h`),
  ];
  const newest = Math.max(...(await Promise.all(inputs.map(modifiedMs))));
  return !(built > newest);
}

function osFiles(os) {
  return [`${os}.c`, `${os}-sysctl.c`].map((name) => join(sources, "base/os", name));
}

async function allFiles(ending) {
  const lists = await Promise.all(rooms.map((room) => files(join(sources, room), ending)));
  return lists.flat();
}

async function files(folder, ending) {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

async function modifiedMs(path) {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return Number.NaN;
  }
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error) => {
      const missing = error.code === "ENOENT";
      const hint = `${command} is not installed: apt-get install clang lld (or your system's LLVM packages)`;
      reject(missing ? new Error(`the agent cannot be built: ${hint}`) : error);
    });
    child.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new Error(`the agent cannot be built: ${command} ended with status ${status}`));
    });
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const built = await buildAgents();
    console.log(built.length === 0 ? "agent: up to date" : `agent: built ${built.join(", ")}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
