/**
 * Ends with status 69 (EX_UNAVAILABLE) under a Node that is too old. Imported before anything else, and written so that such a
 * Node can read it: the syntax of 2019, and no `node:` modules.
 */
var NEEDED = "20.19";

var found = process.versions.node.split(".").map(Number);
var needed = NEEDED.split(".").map(Number);
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  var message = "kernlane needs Node.js " + NEEDED + " or later; this is " + process.versions.node;
  var hint = "install a current Node.js, or put it first in PATH";
  console.error("error[node-too-old]: " + message + "\nhint: " + hint);
  if (process.argv.indexOf("--json") >= 0) {
    var error = { code: "node-too-old", who: "host", message: message, hint: hint };
    console.log(JSON.stringify({ error: error, exitStatus: 69 }, undefined, 2));
  }
  process.exit(69);
}
