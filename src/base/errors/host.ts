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
  "crashes-locked": {
    who: "host",
    when: "another process, or another host, has been writing the folder of the crashes for 20 s",
    hint: "if nobody is at work there, remove crashes.lock in that folder",
  },
  "program-missing": { who: "host", when: "a program was not found in PATH, or cannot be started" },
  "command-timeout": { who: "host", when: "a program did not end in time" },
  "qemu-missing": { who: "host", when: "QEMU was not found in PATH" },
  "qemu-broken": { who: "host", when: "QEMU does not say its version" },
  "qemu-too-old": { who: "host", when: "QEMU is too old" },
  "accel-unusable": {
    who: "host",
    when: "the accelerator that was named does not work on this host",
    hint: "use --accel auto or --accel tcg",
  },
  "hypervisor-failed": { who: "host", when: "the hypervisor failed; with its own words" },
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
  "qmp-closed": { who: "host", when: "QEMU ended before it answered" },
  "guest-not-running": { who: "host", when: "the machine ended before it could be asked" },
  "debugger-port": { who: "host", when: "QEMU could not open a port for the debugger" },
  "accel-not-for-bhyve": {
    who: "usage",
    when: "an accelerator was named for bhyve, which has none to choose",
    hint: "leave --accel out, or use --hypervisor qemu",
  },
  "bhyve-needs-freebsd": {
    who: "host",
    when: "bhyve was asked for on a host that is not FreeBSD",
    hint: "use --hypervisor auto or --hypervisor qemu",
  },
  "bhyve-missing": {
    who: "host",
    when: "a program of bhyve was not found",
    hint: "it is in /usr/sbin or /sbin of FreeBSD's base system: add these to PATH",
  },
  "bhyve-unbootable": { who: "usage", when: "bhyve cannot start this guest" },
  "bhyvectl-failed": { who: "host", when: "bhyvectl failed; with its own words" },
  "boot-rom-missing": {
    who: "host",
    when: "the firmware of bhyve's UEFI guests is missing",
    hint: "pkg install edk2-bhyve",
  },
  "vmm-not-loaded": {
    who: "host",
    when: "the kernel module vmm is not loaded",
    hint: 'run kldload vmm as root, and put vmm_load="YES" into /boot/loader.conf',
  },
  "vmm-unsupported": {
    who: "host",
    when: "vmm is loaded, and found no processor that it supports; with the kernel's own words",
    hint: "turn virtualization on in the firmware (VT-x, SVM); a virtual machine needs nested virtualization from its host",
  },
  "vmm-forbidden": {
    who: "host",
    when: "this user may not use vmm",
    hint: "run as root, or let doas or sudo run commands without a password; on FreeBSD 15.0 devfs.rules can also give you vmmctl, vmm/* and vmm.io/* (the group vmm of later ones allows monitor mode only, which kernlane does not use)",
  },
  "no-stock-kernel": {
    who: "host",
    when: "this host has no Linux kernel, and none can be downloaded",
    hint: "give one with --kernel NAME=FILE, or run apt-get update first",
  },
  "agent-not-built": {
    who: "host",
    when: "the agent for the guest was not built",
    hint: "run npm run build (it needs clang and lld)",
  },
  "disk-full": { who: "host", when: "a disk is full" },
  "write-failed": {
    who: "host",
    when: "a file cannot be written",
    hint: "check the permissions of the cache, or let XDG_CACHE_HOME name another place",
  },
  "copy-failed": {
    who: "host",
    when: "the base image cannot be copied",
    hint: "free some space, or stage as qcow2, which does not copy the base",
  },
  "stage-late": {
    who: "host",
    when: "staging the guest took longer than its budget",
    hint: "name a folder on a faster disk with --out, or use QEMU, for which the image is not copied",
  },
  "qmp-refused": { who: "bug", when: "QEMU refused a command that kernlane sent" },
  "cache-not-writable": {
    who: "host",
    when: "neither the cache nor the temporary folder can be written",
    hint: "let XDG_CACHE_HOME name a folder that you can write to",
  },
  "working-folder-missing": {
    who: "host",
    when: "the working folder was deleted",
    hint: "change to a folder that exists",
  },
  bug: {
    who: "bug",
    when: "kernlane failed in a way that nobody foresaw",
    hint: "please report this with --debug",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
