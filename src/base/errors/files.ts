import type { ErrorKind } from "./error-kind.js";

export const filesErrors = {
  "kernel-not-found": { who: "image", when: "there is no file to read" },
  "kernel-not-a-file": { who: "image", when: "there is no file to read" },
  "kernel-empty": { who: "image", when: "there is no file to read" },
  "kernel-unreadable": { who: "image", when: "there is no file to read" },
  "kernel-not-a-kernel": {
    who: "image",
    when: "the file is something else, for another machine, cut short, or cannot be started directly",
  },
  "kernel-wrong-arch": {
    who: "image",
    when: "the file is something else, for another machine, cut short, or cannot be started directly",
  },
  "kernel-truncated": {
    who: "image",
    when: "the file is something else, for another machine, cut short, or cannot be started directly",
  },
  "kernel-not-direct": {
    who: "image",
    when: "the file is something else, for another machine, cut short, or cannot be started directly",
    hint: "give the bzImage of the same build (arch/x86/boot/bzImage), or build with CONFIG_PVH=y",
  },
  "memory-too-small": {
    who: "usage",
    when: "the kernel and the guest's files do not fit into the machine's memory",
    hint: "set machine.memory in the lane, or --memory on the command line",
  },
  "elf-damaged": {
    who: "image",
    when: "an ELF file that contradicts itself; a probe that is no program",
    hint: "copy or build it again",
  },
  "elf-unsupported": {
    who: "image",
    when: "an ELF file that contradicts itself; a probe that is no program",
    hint: "build it for amd64",
  },
  "program-not-a-program": {
    who: "image",
    when: "an ELF file that contradicts itself; a probe that is no program",
    hint: "give the executable that the guest shall run",
  },
  "image-not-found": {
    who: "image",
    when: "the disk image is not there, not what it was given as, or cut short",
    hint: "check the path of the disk image",
  },
  "image-not-a-file": {
    who: "image",
    when: "the disk image is not there, not what it was given as, or cut short",
    hint: "give the path of a raw disk image",
  },
  "image-unreadable": {
    who: "image",
    when: "the disk image is not there, not what it was given as, or cut short",
    hint: "check the file's permissions and that nothing else writes to it",
  },
  "image-not-raw": {
    who: "image",
    when: "the disk image is not there, not what it was given as, or cut short",
  },
  "image-truncated": {
    who: "image",
    when: "the disk image is not there, not what it was given as, or cut short",
    hint: "the image was cut short: fetch or unpack it again",
  },
  "image-chain": {
    who: "image",
    when: "the disk image is not there, not what it was given as, or cut short",
    hint: "look at the chain with: qemu-img info --backing-chain IMAGE",
  },
  "gpt-both-headers-bad": {
    who: "image",
    when: "no usable partition table or root file system",
    hint: "the partition table is lost: fetch or unpack the image again, or repair it with gpart recover",
  },
  "gpt-entry-bad": {
    who: "image",
    when: "no usable partition table or root file system",
    hint: "the partition table is damaged: fetch or unpack the image again",
  },
  "no-file-system": {
    who: "image",
    when: "no usable partition table or root file system",
    hint: "give an image with a UFS2 root",
  },
  "mbr-only": {
    who: "image",
    when: "a disk whose root is not UFS2 in a GPT partition; with what was found",
  },
  "no-ufs-partition": {
    who: "image",
    when: "a disk whose root is not UFS2 in a GPT partition; with what was found",
  },
  "root-is-zfs": {
    who: "image",
    when: "a disk whose root is not UFS2 in a GPT partition; with what was found",
  },
  "root-is-encrypted": {
    who: "image",
    when: "a disk whose root is not UFS2 in a GPT partition; with what was found",
  },
  ufs1: {
    who: "image",
    when: "a disk whose root is not UFS2 in a GPT partition; with what was found",
  },
  "ufs-big-endian": {
    who: "image",
    when: "a disk whose root is not UFS2 in a GPT partition; with what was found",
  },
  "ufs2-unfinished": {
    who: "image",
    when: "a disk whose root is not UFS2 in a GPT partition; with what was found",
  },
  "guest-without-rc": {
    who: "image",
    when: "the guest has no rc(8) or no kernel of its own; its loader files would overrule what is put in",
    hint: "give an image with FreeBSD's base system on it",
  },
  "stock-kernel-missing": {
    who: "image",
    when: "the guest has no rc(8) or no kernel of its own; its loader files would overrule what is put in",
    hint: "look with: kernlane inspect IMAGE ls /boot",
  },
  "loader-overridden": {
    who: "image",
    when: "the guest has no rc(8) or no kernel of its own; its loader files would overrule what is put in",
    hint: "look with: kernlane inspect IMAGE; the image's loader has to read one of these files after those that set the kernel",
  },
  "image-in-use": {
    who: "image",
    when: "another program has the image open for writing; a program for another system than the guest's",
    hint: "shut that guest down first, or give a copy of the image",
  },
  "program-wrong-os": {
    who: "image",
    when: "another program has the image open for writing; a program for another system than the guest's",
  },
  "ufs2-damaged": { who: "image", when: "the root file system is not one that may be edited" },
  "ufs2-unclean": { who: "image", when: "the root file system is not one that may be edited" },
  "ufs2-needs-fsck": { who: "image", when: "the root file system is not one that may be edited" },
  "ufs2-gjournal": { who: "image", when: "the root file system is not one that may be edited" },
  "ufs2-has-snapshots": {
    who: "image",
    when: "the root file system is not one that may be edited",
  },
  "ufs2-unknown-hashes": {
    who: "image",
    when: "the root file system is not one that may be edited",
  },
  "filesystem-full": {
    who: "image",
    when: "no room, with how much is missing",
    hint: "strip the kernel of its debug symbols, remove files from the image, or use a larger one",
  },
  "filesystem-out-of-inodes": {
    who: "image",
    when: "no room, with how much is missing",
    hint: "remove files from the image, or use a larger one",
  },
  "guest-path-bad": { who: "usage", when: "a path of the guest" },
  "guest-path-loops": {
    who: "image",
    when: "a path of the guest",
    hint: "a link points back at itself: mend it in the guest",
  },
  "guest-path-not-found": { who: "image", when: "a path of the guest" },
  "guest-path-unfit": { who: "image", when: "a path of the guest" },
  "guest-file-too-large": { who: "image", when: "a file of the guest is larger than may be read" },
  "staged-file-too-large": {
    who: "usage",
    when: "a file that is to be put into the guest is larger than its file system can hold",
  },
  "guest-directory-too-full": {
    who: "image",
    when: "a guest whose /boot or loader files are no guest's",
    hint: "give an image with an ordinary /boot",
  },
  "loader-conf-excessive": {
    who: "image",
    when: "a guest whose /boot or loader files are no guest's",
    hint: "give an image with ordinary loader files",
  },
  "qcow2-damaged": { who: "image", when: "a qcow2 file that cannot be relied upon" },
  "qcow2-not-clean": { who: "image", when: "a qcow2 file that cannot be relied upon" },
  "qcow2-unsupported": { who: "image", when: "a qcow2 file that cannot be relied upon" },
  "cpio-damaged": { who: "image", when: "an archive that is cut short or is none" },
  "cpio-bad-entry": { who: "bug", when: "a format was asked for something that it cannot hold" },
  "overlay-backing-path": {
    who: "usage",
    when: "a format was asked for something that it cannot hold",
    hint: "move the image to a place with a shorter path",
  },
  "disk-out-of-range": {
    who: "image",
    when: "a format was asked for something that it cannot hold",
    hint: "the image is truncated or damaged: fetch or unpack it again",
  },
  "record-number-out-of-range": {
    who: "image",
    when: "a format was asked for something that it cannot hold",
  },
  "record-truncated": {
    who: "image",
    when: "a format was asked for something that it cannot hold",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
