/**
 * A guest of one boot sector, for disks that need not have a system on them: it says a line on the first serial port and then does
 * one thing.
 *
 *     7c00  cli; cld; ds = 0; si = 7c40; dx = 3f8
 *     7c0c  lodsb; until it is 0: out dx, al
 *     7c14  the end: power-off   dx = 604, ax = 2000; out dx, ax    (the PIIX4's power management, as SeaBIOS places it)
 *                    reset       al = fe; out 64, al                (the keyboard controller's reset line)
 *                    hang        nothing
 *           hlt; jump to the hlt
 *     7c40  the line
 */
import { closeSync, copyFileSync, openSync, writeSync } from "node:fs";

const START = "fafc31c08ed8be407cbaf803" + "ac84c07403eeebf8";
const ENDS = { "power-off": "ba0406b80020ef", reset: "b0fee664", hang: "" } as const;
const HALT = "f4ebfd";
const LINE_AT = 0x40;
/** Behind it stand the disk's identity and its old partition table. */
const CODE_BYTES = 440;

/** A copy of a disk that SeaBIOS boots: its partitions stay as they are. */
export function makeBootable(
  disk: string,
  copy: string,
  end: keyof typeof ENDS,
  line: string,
): string {
  const code = Buffer.alloc(CODE_BYTES);
  code.write(START + ENDS[end] + HALT, "hex");
  code.write(`${line}\r\n\0`, LINE_AT, "latin1");
  copyFileSync(disk, copy);
  const file = openSync(copy, "r+");
  writeSync(file, code, 0, code.length, 0);
  closeSync(file);
  return copy;
}
