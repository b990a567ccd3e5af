import type { ErrorKind } from "./error-kind.js";

export const filesErrors = {
  "kernel-not-found": { who: "image", when: "the kernel file does not exist" },
  "kernel-not-a-file": {
    who: "image",
    when: "the path of a kernel is that of a folder or a device",
  },
  "kernel-empty": { who: "image", when: "the kernel file is empty" },
  "kernel-unreadable": { who: "image", when: "the kernel file cannot be read" },
  "kernel-not-a-kernel": {
    who: "image",
    when: "the file is not a kernel of the guest's family",
  },
  "kernel-wrong-arch": {
    who: "image",
    when: "the kernel is for another architecture",
  },
  "kernel-truncated": {
    who: "image",
    when: "the kernel file is cut short",
  },
  "modules-not-found": {
    who: "image",
    when: "the modules of a kernel are to be staged, and none lie beside it",
    hint: "build them: buildkernel without NO_MODULES, or with MODULES_OVERRIDE; kernlane kernel install --with-modules puts them beside the kernel",
  },
  "module-not-a-module": {
    who: "image",
    when: "a kernel module that is to be loaded is none",
  },
  "boot-not-direct": {
    who: "usage",
    when: "the lane wants its FreeBSD kernel started without a loader, and that cannot be done",
    hint: 'leave `boot` out of the lane, or write boot: "loader"',
  },
  "kernel-not-direct": {
    who: "image",
    when: "QEMU cannot start the kernel directly",
    hint: "give the bzImage of the same build (arch/x86/boot/bzImage), or build with CONFIG_PVH=y",
  },
  "memory-too-small": {
    who: "usage",
    when: "the kernel and the guest's files do not fit into the machine's memory",
    hint: "set machine.memory in the lane, or --memory on the command line",
  },
  "elf-damaged": {
    who: "image",
    when: "an ELF file contradicts itself",
    hint: "copy or build it again",
  },
  "elf-unsupported": {
    who: "image",
    when: "an ELF file is not a 64-bit little-endian one",
    hint: "build it for amd64",
  },
  "program-not-a-program": {
    who: "image",
    when: "the file of a `program` step is not an executable",
    hint: "give the executable that the guest shall run",
  },
  "image-not-found": {
    who: "image",
    when: "the disk image does not exist",
    hint: "check the path of the disk image",
  },
  "image-not-a-file": {
    who: "image",
    when: "the path of a disk image is that of a folder or a device",
    hint: "give the path of a raw disk image",
  },
  "image-unreadable": {
    who: "image",
    when: "the disk image cannot be read",
    hint: "check the file's permissions and that nothing else writes to it",
  },
  "image-not-raw": {
    who: "image",
    when: "the disk image is compressed, or in a format that is not supported",
  },
  "image-truncated": {
    who: "image",
    when: "the disk image is cut short",
    hint: "the image was cut short: fetch or unpack it again",
  },
  "image-not-bootable": {
    who: "image",
    when: "neither a BIOS nor UEFI can boot the disk: a bare file system, no boot code, no EFI system partition, sectors of 4096 bytes under a BIOS",
    hint: "give the image of a whole disk with its boot code, such as FreeBSD's VM and CI images",
  },
  "root-not-found": {
    who: "usage",
    when: "`root` names a partition that the image does not have",
    hint: "look with: kernlane inspect IMAGE",
  },
  "root-elsewhere": {
    who: "image",
    when: "the partition that is booted mounts its root from another one",
    hint: "name the partition that is meant with `root` in the lane",
  },
  "image-chain": {
    who: "image",
    when: "a backing file of the disk image cannot be used",
    hint: "look at the chain with: qemu-img info --backing-chain IMAGE",
  },
  "gpt-both-headers-bad": {
    who: "image",
    when: "both copies of the partition table are damaged",
    hint: "the partition table is lost: fetch or unpack the image again, or repair it with gpart recover",
  },
  "gpt-entry-bad": {
    who: "image",
    when: "an entry of the partition table contradicts itself",
    hint: "the partition table is damaged: fetch or unpack the image again",
  },
  "no-file-system": {
    who: "image",
    when: "a partition has no UFS file system",
    hint: "give an image with a UFS2 root",
  },
  "mbr-only": {
    who: "image",
    when: "the disk has an MBR and no GPT",
  },
  "no-ufs-partition": {
    who: "image",
    when: "the disk has no UFS partition; with what it has",
  },
  "root-is-zfs": {
    who: "image",
    when: "the guest's root is on ZFS",
  },
  "root-is-encrypted": {
    who: "image",
    when: "the guest's root is encrypted",
  },
  ufs1: {
    who: "image",
    when: "the guest's root is UFS1, which is not supported",
  },
  "ufs-big-endian": {
    who: "image",
    when: "the guest's root is a big-endian UFS, which is not supported",
  },
  "ufs2-unfinished": {
    who: "image",
    when: "newfs did not finish the file system",
  },
  "guest-without-rc": {
    who: "image",
    when: "the guest has no rc(8), which starts the probe",
    hint: "give an image with FreeBSD's base system on it",
  },
  "stock-kernel-missing": {
    who: "image",
    when: "the guest has no `/boot/kernel/kernel`",
    hint: "look with: kernlane inspect IMAGE ls /boot",
  },
  "loader-overridden": {
    who: "image",
    when: "the guest's loader would ignore the settings that a run needs",
    hint: "look with: kernlane inspect IMAGE; the image's loader has to read one of these files after those that set the kernel",
  },
  "image-in-use": {
    who: "image",
    when: "another program has the image open for writing",
    hint: "shut that guest down first, or give a copy of the image",
  },
  "program-wrong-os": {
    who: "image",
    when: "the program of a step is for another operating system than the guest's",
  },
  "program-wrong-arch": {
    who: "image",
    when: "the program of a step is for another processor than the guest's",
  },
  "interpreter-missing": {
    who: "image",
    when: "a program that is put into the guest needs a dynamic linker or a script's interpreter that the guest lacks",
    hint: "link the program statically, or put the interpreter into the guest too (`files` in the lane)",
  },
  "ufs2-damaged": { who: "image", when: "the root file system is damaged" },
  "ufs2-unclean": { who: "image", when: "the root file system was not unmounted cleanly" },
  "ufs2-needs-fsck": { who: "image", when: "the root file system asks for fsck" },
  "ufs2-gjournal": {
    who: "image",
    when: "the root file system has a gjournal, which is not supported",
  },
  "ufs2-has-snapshots": {
    who: "image",
    when: "the root file system has snapshots, which are not supported",
  },
  "ufs2-unknown-hashes": {
    who: "image",
    when: "the root file system has check hashes of a kind that is not known",
  },
  "filesystem-full": {
    who: "image",
    when: "the root file system has no room left; with how much is missing",
    hint: "strip the kernel of its debug symbols, remove files from the image, or use a larger one",
  },
  "filesystem-out-of-inodes": {
    who: "image",
    when: "the root file system has no free inode left",
    hint: "remove files from the image, or use a larger one",
  },
  "guest-path-bad": {
    who: "usage",
    when: "a path of the guest is not absolute, or holds what a path cannot",
  },
  "guest-path-loops": {
    who: "image",
    when: "a path of the guest goes through too many symbolic links",
    hint: "a link points back at itself: mend it in the guest",
  },
  "guest-path-not-found": { who: "image", when: "a path of the guest does not exist" },
  "guest-path-unfit": {
    who: "image",
    when: "a path of the guest is something else than is needed, such as a directory instead of a file",
  },
  "guest-file-too-large": { who: "image", when: "a file of the guest is larger than may be read" },
  "staged-file-too-large": {
    who: "usage",
    when: "a file that is put into the guest is larger than its file system can hold",
  },
  "guest-directory-too-full": {
    who: "image",
    when: "the guest's `/boot` has more names than are read",
    hint: "give an image with an ordinary /boot",
  },
  "loader-conf-excessive": {
    who: "image",
    when: "the guest's loader files are more or larger than are read",
    hint: "give an image with ordinary loader files",
  },
  "qcow2-damaged": { who: "image", when: "a qcow2 image is damaged or cut short" },
  "qcow2-not-clean": {
    who: "image",
    when: "a qcow2 image was not closed by the program that wrote it",
  },
  "qcow2-unsupported": { who: "image", when: "a qcow2 image has a feature that is not supported" },
  "cpio-damaged": { who: "image", when: "an archive is cut short, or is not a cpio archive" },
  "cpio-bad-entry": { who: "bug", when: "an entry does not fit into a cpio archive" },
  "overlay-backing-path": {
    who: "usage",
    when: "the path of the base image is too long for an overlay",
    hint: "move the image to a place with a shorter path",
  },
  "disk-out-of-range": {
    who: "image",
    when: "something was read beyond the end of a disk",
    hint: "the image is truncated or damaged: fetch or unpack it again",
  },
  "record-number-out-of-range": {
    who: "image",
    when: "a number in a file is larger than any real one",
  },
  "record-truncated": {
    who: "image",
    when: "a structure in a file is cut short",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
