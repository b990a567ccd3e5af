import type { ErrorKind } from "./error-kind.js";

export const hostErrors = {
  "output-failed": {
    who: "host",
    when: "stdout cannot be written, for another reason than that its reader has gone: a full disk, most often",
    hint: "send the output elsewhere; a run's record is in its folder all the same",
  },
  "system-refused": {
    who: "host",
    when: "the operating system refused something: a permission, space, a limit of open files or memory; with its own words",
    hint: "see what the message names: who owns it, whether it may be written, whether its disk is full",
  },
  "program-missing": { who: "host", when: "a program is not there, or does not end" },
  "command-timeout": { who: "host", when: "a program is not there, or does not end" },
  "qemu-missing": { who: "host", when: "QEMU" },
  "qemu-broken": { who: "host", when: "QEMU" },
  "qemu-too-old": { who: "host", when: "QEMU" },
  "accel-unusable": {
    who: "host",
    when: "the accelerator that was named does not work here",
    hint: "use --accel auto or --accel tcg",
  },
  "hypervisor-failed": { who: "host", when: "the hypervisor itself failed, with its own words" },
  "guest-memory-unavailable": {
    who: "host",
    when: "this host does not have the memory that the machine asks for",
  },
  "initrd-too-large": {
    who: "usage",
    when: "the files for a Linux guest do not fit into the machine's memory",
  },
  "uefi-firmware-missing": {
    who: "host",
    when: "no UEFI firmware for QEMU was found, with where it was looked for",
  },
  "uefi-firmware-unusable": { who: "host", when: "the UEFI firmware cannot be loaded by QEMU" },
  "qemu-unfit": { who: "host", when: "QEMU was built without something that is needed" },
  "qmp-closed": { who: "host", when: "the hypervisor itself failed, with its own words" },
  "guest-not-running": { who: "host", when: "the hypervisor itself failed, with its own words" },
  "debugger-port": { who: "host", when: "the hypervisor itself failed, with its own words" },
  "accel-not-for-bhyve": {
    who: "usage",
    when: "an accelerator was named for bhyve, which has none to choose",
    hint: "leave --accel out, or use --hypervisor qemu",
  },
  "bhyve-needs-freebsd": {
    who: "host",
    when: "bhyve",
    hint: "use --hypervisor auto or --hypervisor qemu",
  },
  "bhyve-missing": {
    who: "host",
    when: "bhyve",
    hint: "it is in /usr/sbin or /sbin of FreeBSD's base system: add these to PATH",
  },
  "bhyve-unbootable": { who: "usage", when: "bhyve" },
  "bhyvectl-failed": { who: "host", when: "bhyve" },
  "boot-rom-missing": { who: "host", when: "bhyve", hint: "pkg install edk2-bhyve" },
  "vmm-not-loaded": {
    who: "host",
    when: "bhyve",
    hint: 'run kldload vmm as root, and put vmm_load="YES" into /boot/loader.conf',
  },
  "vmm-forbidden": {
    who: "host",
    when: "bhyve",
    hint: "join the group vmm (FreeBSD 15 and later), or allow doas or sudo without a password, or run as root",
  },
  "no-stock-kernel": {
    who: "host",
    when: "there is no Linux kernel and none can be had",
    hint: "give one with --kernel NAME=FILE, or run apt-get update first",
  },
  "agent-not-built": {
    who: "host",
    when: "the guest's agent is missing: `npm run build`",
    hint: "run npm run build (it needs clang and lld)",
  },
  "disk-full": { who: "host", when: "a file could not be written, a base not copied" },
  "write-failed": {
    who: "host",
    when: "a file could not be written, a base not copied",
    hint: "check the permissions of the cache, or let XDG_CACHE_HOME name another place",
  },
  "copy-failed": {
    who: "host",
    when: "a file could not be written, a base not copied",
    hint: "free some space, or stage as qcow2, which does not copy the base",
  },
  "qmp-refused": { who: "bug", when: "please report it, with `--debug`" },
  bug: {
    who: "bug",
    when: "please report it, with `--debug`",
    hint: "please report this with --debug",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
