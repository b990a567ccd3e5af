/**
 * `kernlane kernel`: the kernel under test, in the user's own FreeBSD source tree. The path of what was made goes
 * to stdout; what make prints goes to stderr, so that `K=$(kernlane kernel install …)` holds a path and no more.
 */
import { Command } from "commander";
import { OVERLAY_CONF } from "../guests/freebsd/source-tree/overlay.js";

export function kernelCommand(): Command {
  const command = new Command("kernel")
    .description("work on a FreeBSD source tree: put the TWQ scaffold in, install a built kernel")
    .addCommand(overlayCommand())
    .addCommand(installCommand());
  for (const subcommand of command.commands) subcommand.exitOverride();
  return command;
}

export interface OverlayFlags {
  readonly src: string;
  readonly diff?: boolean;
  readonly revert?: boolean;
}

function overlayCommand(): Command {
  return new Command("overlay")
    .description(
      `put the TWQ scaffold into a FreeBSD source tree: system call 468, options THRWORKQ, the configuration ${OVERLAY_CONF}`,
    )
    .requiredOption("--src <dir>", "the source tree, such as /usr/src")
    .option("--diff", "print what would change as a unified diff, and touch nothing")
    .option("--revert", "take the scaffold out again; every file is then as it was")
    .action(async (flags: OverlayFlags) => {
      const { overlayTree } = await import("./kernel-actions.js");
      overlayTree(flags);
    });
}

export interface InstallFlags {
  readonly src: string;
  readonly conf: string;
  readonly slot?: string;
  readonly objdir?: string;
  readonly dest: string;
  readonly withModules?: boolean;
}

function installCommand(): Command {
  return new Command("install")
    .description(
      "run the tree's own installkernel into a scratch folder, as any user, and print the path of the kernel",
    )
    .requiredOption("--src <dir>", "the source tree that the kernel was built from")
    .requiredOption("--dest <dir>", "the scratch folder: new, empty or from an earlier install")
    .option("--conf <name>", "the kernel configuration", OVERLAY_CONF)
    .option("--slot <name>", "the folder under boot/ (default: the configuration's name)")
    .option(
      "--objdir <prefix>",
      "MAKEOBJDIRPREFIX of the build (default: that of the environment, else /usr/obj)",
    )
    .option("--with-modules", "install the modules that were built with the kernel too")
    .action(async (flags: InstallFlags) => {
      const { installAndTell } = await import("./kernel-actions.js");
      await installAndTell(flags);
    });
}
