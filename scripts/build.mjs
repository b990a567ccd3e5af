/**
 * Builds `dist/`, each part only if a file that it depends on has changed:
 *
 * | part    | files                                                   | needed for                    |
 * | ------- | ------------------------------------------------------- | ----------------------------- |
 * | program | `cli.js`, `index.js`, `vitest.js`, and what they share  | every command, the library    |
 * | agent   | `agent/FAMILY-amd64/kernlane-agent`                     | every guest                   |
 * | types   | `index.d.ts`, `vitest.d.ts`                             | the package (`npm run build`) |
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = ["src", "lanes", "tsconfig.json", "package-lock.json"];

/** @param {{ types: boolean }} options whether the declarations are wanted too: they take some seconds */
export function build({ types }) {
  buildPart("program", sources, join("scripts", "build-program.mjs"));
  buildPart("agent", ["agent"], join("scripts", "build-agent.mjs"));
  if (types) buildPart("types", sources, join("scripts", "build-types.mjs"));
}

function buildPart(name, inputs, script) {
  const stamp = join(root, "dist", `.${name}.stamp`);
  const wanted = hashOf([...inputs, script]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log(`building the ${name}`);
  const { status } = spawnSync(process.execPath, [script], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((one) => filesBelow(join(root, one)))) {
    hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).sort();
  return names.flatMap((name) => filesBelow(join(path, name)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build({ types: true });
