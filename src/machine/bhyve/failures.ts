/**
 * What the words of bhyve and its loader mean when they fail. Words that are not in the table are shown as they are, without a hint
 * that may be wrong.
 *
 * Source: usr.sbin/bhyve, usr.sbin/bhyveload and lib/libvmmapi of FreeBSD 13 to 15.
 */
import type { MachineFailure } from "../machine.js";

interface FailureRow extends MachineFailure {
  readonly words: RegExp;
}

/** The first row that matches counts: causes stand before their consequences. */
const rows: readonly FailureRow[] = [
  {
    words:
      /\bvm_(?:create|open|openf): (?:Permission denied|Operation not permitted)|^(?:doas|sudo): /m,
    code: "vmm-forbidden",
  },
  {
    words: /vm_set_topology|vCPUs requested but only/,
    code: "bad-cpus",
    hint: "vmm gives one machine no more processors than sysctl hw.vmm.maxcpu says: ask for fewer (machine.cpus in the lane, --cpus), or set that tunable in /boot/loader.conf",
  },
  {
    words: /Unable to set ?up memory|vm_setup_memory/i,
    code: "guest-memory-unavailable",
    hint: "this host does not have so much memory: ask for less (machine.memory in the lane, --memory), or run fewer guests at once",
  },
  {
    words: /ROM boot failed: unrestricted guest/,
    code: "vmm-unsupported",
    hint: 'this processor cannot run a boot ROM: boot with firmware: "bios"',
  },
  {
    words: /Error opening bootrom/,
    code: "boot-rom-missing",
  },
  {
    words: /Could not open backing file/,
    code: "image-unreadable",
    hint: "check that the disk is still where it was, and that this user may read it",
  },
  {
    words: /Failed to open gdb xml directory/,
    code: "hypervisor-failed",
    hint: "bhyve's debug server needs the folder /usr/share/bhyve/gdb of FreeBSD's base system, which is missing here",
  },
  {
    words: /Assertion failed: .*pci_v(?:irtio_console|tcon)/,
    code: "hypervisor-failed",
    hint: "bhyve's virtio-console takes no write that lies on two pages of the guest's memory: please report the guest's release; a one-shot run (kernlane run) does without that port",
  },
  {
    words: /gdb socket bind/,
    code: "debugger-port",
    hint: "another program listens on that port: start again, and another one is taken",
  },
];

/**
 * @param words what was printed on standard error
 * @example failureIn("bhyve: vm_set_topology")?.code // "bad-cpus"
 */
export function failureIn(words: string): MachineFailure | undefined {
  const row = rows.find((one) => one.words.test(words));
  return row && { code: row.code, hint: row.hint };
}
