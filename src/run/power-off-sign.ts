/**
 * Whether a kernel has said on its console that it powers off: `acpi0: Powering system off`, `reboot: Power down`.
 */
const SIGN = /(?:^|[\n:\]] ?)(?:Powering system off|Power down)/;

/** A sign, and what may stand before it in its line. */
const KEPT = 64;

export interface PowerOffSign {
  console(bytes: Uint8Array): void;
  readonly seen: boolean;
}

/** @example openPowerOffSign().console(Buffer.from("acpi0: Powering system off\r\n")) */
export function openPowerOffSign(): PowerOffSign {
  let seen = false;
  let tail = "";
  return {
    console(bytes) {
      if (seen) return;
      const text = tail + Buffer.from(bytes).toString("latin1");
      seen = SIGN.test(text);
      tail = text.slice(-KEPT);
    },
    get seen() {
      return seen;
    },
  };
}
