#!/usr/bin/env node
import "./check-node.js";

// Not imported statically: a Node that is too old would read it before the check.
import("../dist/cli.js").then(
  ({ main }) => main(process.argv),
  (error) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error(`error[not-built]: kernlane is not built: ${error.message}`);
    console.error("hint: run npm run build, or install the package again");
    process.exitCode = 69;
  },
);
