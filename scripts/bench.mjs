/** `npm run bench`: sets up what is missing, then runs the benchmarks, from the sources. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, run, setUp } from "./setup.mjs";

setUp({ forTests: true });
const jiti = join(root, "node_modules", "jiti", "lib", "jiti-cli.mjs");
for (const name of readdirSync(join(root, "bench")).filter((file) => file.endsWith(".ts"))) {
  run([process.execPath, jiti, join(root, "bench", name)]);
}
