import type { MarkRow } from "./marks.js";

/** What comes before any kernel and is the same for all guests: SeaBIOS, OVMF, GRUB. */
export const firmwareRows: readonly MarkRow[] = [
  {
    kind: "line",
    name: "firmware-no-boot-device",
    class: "loader-failed",
    severity: "fatal",
    pattern:
      /^(?<text>No bootable device\.|Boot failed: .{1,80}|BdsDxe: No bootable option .{1,80})/,
    title: "firmware: $text",
  },
  {
    kind: "prompt",
    name: "grub-rescue",
    class: "boot-stuck",
    severity: "fatal",
    pattern: /^grub(?: rescue)?> $/,
    title: "GRUB waits at its prompt",
  },
  {
    kind: "prompt",
    name: "uefi-shell",
    class: "boot-stuck",
    severity: "fatal",
    pattern: /^Shell> $/,
    title: "the UEFI shell waits at its prompt",
  },
];
