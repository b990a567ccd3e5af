/**
 * What QEMU's own words mean when it fails: who must act, and what to do. Words that are not in the table are shown as they are, without a
 * hint that may be wrong.
 *
 * Source: QEMU 7.2, where most rows were made to happen (not the missing PVH note, a romfile, a firmware's size, phys-bits and a kvm that
 * cannot be initialized); wordings of QEMU 8 to 10 where they differ.
 */
import type { MachineFailure } from "../machine.js";

interface FailureRow extends MachineFailure {
  readonly words: RegExp;
}

const MORE_MEMORY =
  "let the machine have more memory: machine.memory in the lane, or --memory on the command line";

/** The first row that matches counts: causes stand before their consequences. */
const rows: readonly FailureRow[] = [
  {
    words: /No space left on device|Disk quota exceeded/,
    code: "disk-full",
    hint: "free some space where the run's folder is, or name another place with --out",
  },
  {
    words: /Failed to get (?:"[\w ]+"|shared "[\w ]+") lock|Failed to lock byte/,
    code: "image-in-use",
    hint: "another program has the image open: end it, or give a copy of the image",
  },
  {
    words:
      /KVM: entry failed|KVM internal error|hardware error 0x|kvm_buf_set_msrs|failed to set MSR|kvm_init_vcpu|ioctl\(KVM_\w+\) failed/,
    code: "accel-unusable",
    hint: "KVM does not run this guest on this host: use --accel tcg",
  },
  {
    words:
      /failed to initialize (?:kvm|hvf)|Could not access KVM kernel module|invalid accelerator|No accelerator (?:selected|found)|requires KVM or HVF|HV_(?:ERROR|DENIED|UNSUPPORTED)/i,
    code: "accel-unusable",
    hint: "`kernlane doctor` says which accelerators work here; --accel tcg needs none",
  },
  {
    words: /Invalid SMP CPUs|exceeds (?:the )?max(?:imum)? (?:number of )?CPUs|maxcpus must be/i,
    code: "bad-cpus",
    hint: "let the machine have fewer processors: machine.cpus in the lane, or --cpus on the command line",
  },
  {
    words:
      /if=pflash,.{0,400}(?:No such file|Permission denied)|could not load PC BIOS '.{0,200}(?:OVMF|edk2)|system firmware|cfi\.pflash01|device requires \d+ bytes/i,
    code: "uefi-firmware-unusable",
    hint: '`kernlane doctor` says which UEFI firmware was found; install it again, or boot with firmware: "bios"',
  },
  {
    words:
      /could not load PC BIOS|(?:failed to find|could not find|could not open) rom ?file|failed to load (?:bios|rom)/i,
    code: "qemu-broken",
    hint: "this QEMU lacks files of its own: install it again (Debian: qemu-system-data and seabios)",
  },
  {
    words: /initrd is too large/,
    code: "initrd-too-large",
    hint: `${MORE_MEMORY}; or put fewer files into the guest`,
  },
  {
    words:
      /cannot set up guest memory|Cannot allocate memory|unable to map backing store for guest RAM|preallocating memory failed|phys-bits too low|(?:ram|memory) size .{0,80}(?:too large|exceeds)|exceeds host|insufficient free host memory/i,
    code: "guest-memory-unavailable",
    hint: "this host does not have so much memory: ask for less (machine.memory in the lane, --memory), or run fewer guests at once",
  },
  {
    words: /without PVH ELF Note/,
    code: "kernel-not-direct",
    hint: "give the bzImage of the same build (arch/x86/boot/bzImage), or build with CONFIG_PVH=y",
  },
  {
    words:
      /invalid kernel header|Error while loading elf kernel|could not (?:open|load) kernel|kernel too old to load a ram disk|unsupported (?:elf )?flags/i,
    code: "kernel-unreadable",
    hint: "check that the file is a Linux kernel (bzImage or vmlinux) and that this user may read it",
  },
  {
    words: /Could not open backing file|backing file .{0,200}: No such file/,
    code: "image-chain",
    hint: "look at the chain with: qemu-img info --backing-chain IMAGE",
  },
  {
    words:
      /Image is not in qcow2 format|-drive .{0,400}(?:Permission denied|No such file or directory)|Could not open '.{0,400}': (?:Permission denied|No such file)/,
    code: "image-unreadable",
    hint: "check that the disk is still where it was, and that this user may read it",
  },
  {
    words: /Address already in use|Failed to (?:bind|find an available port)/,
    code: "debugger-port",
    hint: "another program listens on that port: start again, and another one is taken",
  },
  {
    words:
      /unsupported machine type|unable to find CPU model|is not a valid device model name|invalid option|Invalid parameter|is not a valid (?:object|audio|netdev)/,
    code: "qemu-unfit",
    hint: "this QEMU was built without it: install the distribution's QEMU for x86 (Debian: qemu-system-x86)",
  },
];

/** The signals by which a host ends a program for want of something. */
const signals: Readonly<Record<string, MachineFailure>> = {
  SIGBUS: {
    code: "guest-memory-unavailable",
    hint: "the folder that holds the guest's memory is full, or the host ran out of memory: free some, or ask for less (--memory)",
  },
  SIGXFSZ: {
    code: "disk-full",
    hint: "this user's limit on the size of files was reached: see ulimit -f",
  },
};

/**
 * @param words what QEMU printed on its standard error
 * @example failureIn("qemu: initrd is too large, cannot support.(max: 536707071, need 3221225472)")?.code // "initrd-too-large"
 */
export function failureIn(words: string, signal?: string): MachineFailure | undefined {
  const row = rows.find((one) => one.words.test(words));
  if (row !== undefined) return { code: row.code, hint: row.hint };
  return signal === undefined ? undefined : signals[signal];
}
