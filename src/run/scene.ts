/**
 * What is kept of a guest's last moment, for a person with a debugger.
 */
import type { GuestFamily } from "../base/family.js";

export type SceneRecord = DumpScene | FreezeScene;

/** The memory of a kernel that died. */
export interface DumpScene {
  readonly kind: "dump";
  readonly guest: GuestFamily;
  /** Relative to the column's folder; absent where none could be had, and `problem` says why. */
  readonly file?: string;
  /** Of the file, with its holes. */
  readonly bytes: number;
  /** Whether all that was to be dumped is in it. */
  readonly complete: boolean;
  /** Who wrote it, and as what. */
  readonly how: string;
  /** Of a Linux kernel's: whether it has said what drgn needs to know (vmcoreinfo). */
  readonly hasVmcoreinfo?: boolean;
  /** The kernel's symbols, absolute, where they were found. */
  readonly symbols?: string;
  /** What went wrong, in one sentence. */
  readonly problem?: string;
}

/** The machine as it stood at its death, for `kernlane autopsy`. */
export interface FreezeScene {
  readonly kind: "freeze";
  readonly guest: GuestFamily;
  /** Relative to the column's folder; absent where it could not be kept, and `problem` says why. */
  readonly folder?: string;
  /** Of disk space. */
  readonly bytes: number;
  /** What went wrong, in one sentence. */
  readonly problem?: string;
}
