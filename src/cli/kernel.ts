/**
 * `kernlane kernel`: the kernel under test, in the user's own FreeBSD source tree. The path of what was made goes
 * to stdout; what make prints goes to stderr, so that `K=$(kernlane kernel install …)` holds a path and no more.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import {
  OVERLAY_CONF,
  overlayScope,
  STATE_CONF,
  STATE_SINCE,
} from "../guests/freebsd/source-tree/overlay.js";
import { buildCommand, thisHost } from "../guests/freebsd/source-tree/build-command.js";
import type { SourceChange } from "../guests/freebsd/source-tree/overlay-plan.js";
import { catchInterrupts } from "./interrupts.js";
import { note, print } from "./output.js";

export function kernelCommand(): Command {
  return new Command("kernel")
    .description(
      "work on a FreeBSD source tree: put the TWQ kernel side in, install a built kernel",
    )
    .addCommand(overlayCommand())
    .addCommand(installCommand());
}

function overlayCommand(): Command {
  return new Command("overlay")
    .description(
      `put the TWQ kernel side into a FreeBSD source tree: system call 468, options THRWORKQ and THRWORKQ_STATE, the configurations ${OVERLAY_CONF} and ${STATE_CONF}`,
    )
    .requiredOption("--src <dir>", "the source tree, such as /usr/src")
    .option("--diff", "print what would change as a unified diff, and touch nothing")
    .option("--revert", "take it out again; every file is then as it was")
    .action(overlay);
}

interface OverlayFlags {
  readonly src: string;
  readonly diff?: boolean;
  readonly revert?: boolean;
}

async function overlay(flags: OverlayFlags): Promise<void> {
  const { openSourceTree } = await import("../guests/freebsd/source-tree/source-tree.js");
  const { planOverlay } = await import("../guests/freebsd/source-tree/overlay-plan.js");
  const { applyChanges } = await import("../guests/freebsd/source-tree/apply-changes.js");
  const { formatUnifiedDiff } = await import("../guests/freebsd/source-tree/unified-diff.js");
  const tree = openSourceTree(flags.src);
  const changes = planOverlay(tree, flags.revert ? "revert" : "apply");
  if (overlayScope(tree) === "scaffold" && !flags.revert)
    note(
      `FreeBSD ${tree.release}: the scaffold only; options THRWORKQ_STATE needs ${STATE_SINCE}.0 or later`,
    );
  if (flags.diff) {
    print(changes.map(formatUnifiedDiff).join(""));
    return;
  }
  applyChanges(tree, changes);
  const where = `${tree.path} (FreeBSD ${tree.release})`;
  print(
    changes.length === 0
      ? `nothing to do: the overlay is ${flags.revert ? "not" : "already"} in ${where}\n`
      : `${where}\n${describeChanges(changes, tree.path, flags.revert === true)}`,
  );
}

function describeChanges(changes: readonly SourceChange[], tree: string, revert: boolean): string {
  const lines = changes.map(({ path, before, after }) => {
    if (before === undefined) return `created  ${path}`;
    return after === undefined ? `removed  ${path}` : `changed  ${path}`;
  });
  return [...lines, ...nextSteps(tree, revert), ""].join("\n");
}

/** What is left to be done by the tree itself. */
function nextSteps(tree: string, revert: boolean): readonly string[] {
  const host = thisHost();
  const build = (targets: string): string => `  ${buildCommand(tree, targets, host)}`;
  const world = existsSync(join(tree, "lib/libsys"))
    ? ["and, for the world, lib/libsys/_libsys.h and lib/libsys/syscalls.map,"]
    : [];
  return [
    "The files that the tree generates from its system call table, in sys/kern, sys/sys (with syscall.mk) and sys/compat/freebsd32,",
    ...world,
    "are not changed. Make them again:",
    // Elsewhere the generator's interpreter (flua) is one of the tree's own tools, and has to be built first.
    ...(host.platform === "freebsd" ? [] : [build("kernel-toolchain")]),
    build("sysent"),
    ...(revert ? [] : ["then build:", build(`buildkernel KERNCONF=${OVERLAY_CONF}`)]),
  ];
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

interface InstallFlags {
  readonly src: string;
  readonly conf: string;
  readonly slot?: string;
  readonly objdir?: string;
  readonly dest: string;
  readonly withModules?: boolean;
}

async function install(flags: InstallFlags): Promise<void> {
  const { installKernel } = await import("../guests/freebsd/source-tree/install-kernel.js");
  using interrupts = catchInterrupts(() =>
    note("\ninterrupted: ending make; once more to leave at once"),
  );
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
  if (modules.length > 0) note(`with ${modules.length} modules beside it`);
  print(`${kernel}\n`);
}
