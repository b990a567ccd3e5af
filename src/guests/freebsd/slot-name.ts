/**
 * Names of kernel slots: the folder under /boot that holds the kernel under test.
 */
import { LaneError, type ErrorCode } from "../../base/errors.js";

/** What loader(8), installkernel and the base system keep under /boot themselves. */
const RESERVED: ReadonlySet<string> = new Set([
  "defaults",
  "dtb",
  "efi",
  "entropy",
  "firmware",
  "fonts",
  "images",
  "kernel",
  "kernel.old",
  "lua",
  "modules",
  "uboot",
  "zfs",
]);

/** The name goes into `module_path`, which `;` divides, and between double quotes in a loader file. */
const ALLOWED = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const LONGEST = 64;

/**
 * @returns the name, when it is one that a slot may have
 * @throws LaneError `slot-name-reserved`, `slot-name-invalid` (usage)
 * @example checkSlotName("TWQDEBUG"); // "TWQDEBUG"
 */
export function checkSlotName(name: string): string {
  const lower = name.toLowerCase();
  if (RESERVED.has(lower) || lower.startsWith("loader")) {
    throw refusal("slot-name-reserved", name, `/boot/${name} belongs to the base system`);
  }
  if (name.length > LONGEST)
    throw refusal("slot-name-invalid", name, `a slot's name has at most ${LONGEST} characters`);
  if (!ALLOWED.test(name) || name.includes("..")) {
    throw refusal(
      "slot-name-invalid",
      name,
      "a slot's name has letters, digits, `_`, `-` and single dots, and begins with none of the last two",
    );
  }
  return name;
}

function refusal(code: ErrorCode, name: string, why: string): LaneError {
  return new LaneError(
    code,
    `${JSON.stringify(name)} cannot be the name of a kernel slot: ${why}`,
    { hint: "name the slot after the kernel's configuration, such as TWQDEBUG", facts: { name } },
  );
}
