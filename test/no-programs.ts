/** For unit tests, which are pure: a test that starts a program is called `*.process.test.ts`. */
import child from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

function refuse(): never {
  throw new Error("a unit test starts no program: call its file NAME.process.test.ts");
}

for (const name of [
  "spawn",
  "spawnSync",
  "execFile",
  "execFileSync",
  "exec",
  "execSync",
  "fork",
] as const)
  child[name] = refuse as never;
syncBuiltinESMExports();
