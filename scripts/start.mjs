/** `npm start`: sets up what is missing, then runs the default lane. Arguments go to `kernlane run`. */
import { join } from "node:path";
import { root, run, setUp } from "./setup.mjs";

setUp({ forTests: false });
run([process.execPath, join(root, "bin", "kernlane.js"), "run", ...process.argv.slice(2)]);
