/**
 * What is kept of a guest's last moment, for a person with a debugger.
 */
import type { GuestFamily } from "../base/family.js";

export type SceneRecord = DumpScene;

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
  /** The kernel's symbols, absolute, where they were found. */
  readonly symbols?: string;
  /** What went wrong, in one sentence. */
  readonly problem?: string;
}
