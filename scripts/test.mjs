/** `npm test`: sets up what is missing, then runs every test. Arguments go to Vitest. */
import { join } from "node:path";
import { root, run, setUp } from "./setup.mjs";

setUp({ forTests: true });
run([
  process.execPath,
  join(root, "node_modules", "vitest", "vitest.mjs"),
  "run",
  ...process.argv.slice(2),
]);
