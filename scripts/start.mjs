/** `npm start`: sets up what is missing, then runs the default lane. Arguments go to `kernlane run`. */
import "../bin/check-node.js";

import("./setup.mjs").then(({ root, run, setUp }) => {
  setUp({ forTests: false });
  run([process.execPath, root + "bin/kernlane.js", "run", ...process.argv.slice(2)]);
});
