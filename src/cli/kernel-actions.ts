/**
 * What `kernlane kernel` does, apart from its command line: loaded only when it is asked for.
 */
import { resolve } from "node:path";
import { applyChanges } from "../guests/freebsd/source-tree/apply-changes.js";
import { installKernel } from "../guests/freebsd/source-tree/install-kernel.js";
import { OVERLAY_CONF } from "../guests/freebsd/source-tree/overlay.js";
import {
  planOverlay,
  type FileChange,
  type OverlayDirection,
} from "../guests/freebsd/source-tree/overlay-plan.js";
import { openSourceTree, type SourceTree } from "../guests/freebsd/source-tree/source-tree.js";
import { formatUnifiedDiff } from "../guests/freebsd/source-tree/unified-diff.js";
import { INTERRUPTED_STATUS } from "./exit-status.js";
import { catchInterrupts } from "./interrupts.js";
import type { InstallFlags, OverlayFlags } from "./kernel.js";

export function overlayTree(flags: OverlayFlags): void {
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

export async function installAndTell(flags: InstallFlags): Promise<void> {
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
