/**
 * `kernlane inspect`: what is in a FreeBSD image, without mounting it and without being root.
 */
import { Argument, Command } from "commander";
import { LaneError } from "../base/errors.js";

interface Flags {
  readonly long?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
  kernlane inspect IMAGE                            partitions, file system, kernels, loader settings
  kernlane inspect IMAGE ls -l /boot                the names in a directory
  kernlane inspect IMAGE cat /etc/rc.conf           a file's bytes on stdout
  kernlane inspect IMAGE cp /boot/kernel ./stock    a file or a directory, to a new name or into a folder
`;

export function inspectCommand(): Command {
  return new Command("inspect")
    .description("look into a FreeBSD disk image; nothing is mounted and nothing is written to it")
    .argument("<image>", "a raw or qcow2 image")
    .addArgument(new Argument("[action]", "what to do instead of the overview").choices(ACTIONS))
    .argument("[path]", "in the image (ls: / if absent)")
    .argument(
      "[to]",
      "on this host, for cp; permissions and times are kept, owners and set-id bits are not",
    )
    .option("-l, --long", "with ls: mode, links, owner, size, time (UTC)")
    .option("--json", "print the overview as one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(inspect);
}

const ACTIONS = ["ls", "cat", "cp"];

async function inspect(
  image: string,
  action: string | undefined,
  path: string | undefined,
  to: string | undefined,
  flags: Flags,
): Promise<void> {
  const { showImage, showNames, showFile, copyFiles } = await import("./inspect-actions.js");
  if (flags.json && action !== undefined) throw misuse(`--json does not go with ${action}`);
  if (flags.long && action !== "ls") throw misuse("--long goes with ls only");
  if (to !== undefined && action !== "cp") throw misuse(`${action ?? "inspect"} takes no "${to}"`);
  if (action === undefined) return showImage(image, flags.json === true);
  if (action === "ls") return showNames(image, path ?? "/", flags.long === true);
  if (path === undefined) throw misuse(`${action} needs the path of a file in the image`);
  if (action === "cat") return showFile(image, path);
  if (to === undefined) throw misuse("cp needs a name on this host to copy to");
  copyFiles(image, path, to);
}

function misuse(message: string): LaneError {
  return new LaneError("inspect-misused", message);
}
