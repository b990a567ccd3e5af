/**
 * `kernlane kernel`: the kernel under test, in the user's own FreeBSD source tree. The path of what was made goes
 * to stdout; what make prints goes to stderr, so that `K=$(kernlane kernel install …)` holds a path and no more.
 */
import { resolve } from "node:path";
import { Command } from "commander";
import { applyChanges } from "../sources/apply-changes.js";
import { installKernel } from "../sources/install-kernel.js";
import { OVERLAY_CONF } from "../sources/overlay.js";
import { planOverlay, type FileChange, type OverlayDirection } from "../sources/overlay-plan.js";
import { openSourceTree, type SourceTree } from "../sources/source-tree.js";
import { formatUnifiedDiff } from "../sources/unified-diff.js";
import { catchInterrupts, INTERRUPTED_STATUS } from "./interrupts.js";

export function kernelCommand(): Command {
  const command = new Command("kernel")
    .description("work on a FreeBSD source tree: put the TWQ scaffold in, install a built kernel")
    .addCommand(overlayCommand())
    .addCommand(installCommand());
  for (const subcommand of command.commands) subcommand.exitOverride();
  return command;
}

interface OverlayFlags {
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
    .action(overlay);
}

function overlay(flags: OverlayFlags): void {
  const tree = openSourceTree(flags.src);
  const direction: OverlayDirection = flags.revert ? "revert" : "apply";
  const changes = planOverlay(tree, direction);
  if (flags.diff) {
    process.stdout.write(changes.map(formatUnifiedDiff).join(""));
    return;
  }
  applyChanges(tree, changes);
  process.stdout.write(describeOverlay(tree, direction, changes));
}

function describeOverlay(
  tree: SourceTree,
  direction: OverlayDirection,
  changes: readonly FileChange[],
): string {
  const where = `${tree.path} (FreeBSD ${tree.release})`;
  if (changes.length === 0)
    return direction === "apply"
      ? `nothing to do: the overlay is in ${where} already\n`
      : `nothing to do: the overlay is not in ${where}\n`;
  const lines = changes.map(({ path, before, after }) => {
    if (before === undefined) return `created  ${path}`;
    return after === undefined ? `removed  ${path}` : `changed  ${path}`;
  });
  return [
    where,
    ...lines,
    "The files that are generated from the system call table (init_sysent.c, syscalls.c, syscall.h, sysproto.h and",
    `others) are the tree's own business. Now: make -C ${tree.path} sysent`,
    ...(direction === "apply"
      ? [`and then: make -C ${tree.path} buildkernel KERNCONF=${OVERLAY_CONF}`]
      : []),
    "",
  ].join("\n");
}

interface InstallFlags {
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
    .action(install);
}

async function install(flags: InstallFlags): Promise<void> {
  using interrupts = catchInterrupts(() =>
    process.stderr.write("\ninterrupted: ending make; again to leave at once\n"),
  );
  try {
    const { kernel, modules } = await installKernel({
      sourceDir: flags.src,
      conf: flags.conf,
      destDir: resolve(flags.dest),
      signal: interrupts.signal,
      onOutput: (bytes) => void process.stderr.write(bytes),
      ...(flags.slot !== undefined && { slot: flags.slot }),
      ...(flags.objdir !== undefined && { objdirPrefix: flags.objdir }),
      ...(flags.withModules !== undefined && { withModules: flags.withModules }),
    });
    if (modules.length > 0) process.stderr.write(`with ${modules.length} modules beside it\n`);
    process.stdout.write(`${kernel}\n`);
  } catch (error) {
    if (!interrupts.signal.aborted) throw error;
    process.exitCode = INTERRUPTED_STATUS;
  }
}
