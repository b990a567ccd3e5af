/**
 * Builds `dist/`: the TypeScript and the guest's agent, each only if a file that it depends on has changed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

export function build() {
  buildPart(
    "typescript",
    ["src", "lanes", "tsconfig.json", "tsconfig.build.json", "package-lock.json"],
    [
      process.execPath,
      join("node_modules", "typescript", "bin", "tsc"),
      "-p",
      "tsconfig.build.json",
    ],
  );
  buildPart(
    "agent",
    ["agent", join("scripts", "build-agent.mjs")],
    [process.execPath, join("scripts", "build-agent.mjs")],
  );
}

function buildPart(name, sources, argv) {
  const stamp = join(root, "dist", `.${name}.stamp`);
  const wanted = hashOf(sources);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log(`building the ${name}`);
  const { status } = spawnSync(argv[0], argv.slice(1), { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function hashOf(sources) {
  const hash = createHash("sha256");
  for (const path of sources.flatMap((source) => filesBelow(join(root, source)))) {
    hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  const entries = readdirSyncOrNothing(path);
  if (entries === undefined) return [path];
  return entries.sort().flatMap((name) => filesBelow(join(path, name)));
}

function readdirSyncOrNothing(path) {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
