/** `npm test`: sets up what is missing, then runs every test. Arguments go to Vitest. */
import "../bin/check-node.js";

import("./setup.mjs").then(({ root, run, setUp }) => {
  setUp({ forTests: true });
  run([process.execPath, root + "node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)]);
});
