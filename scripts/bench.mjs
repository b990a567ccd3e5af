/** `npm run bench`: sets up what is missing, then runs the benchmarks, from the sources. */
import "../bin/check-node.js";

import("./setup.mjs").then(async ({ root, run, setUp }) => {
  setUp({ forTests: true });
  const { readdirSync } = await import("fs");
  for (const name of readdirSync(root + "bench").filter((file) => file.endsWith(".ts"))) {
    run([process.execPath, root + "node_modules/jiti/lib/jiti-cli.mjs", root + "bench/" + name]);
  }
});
