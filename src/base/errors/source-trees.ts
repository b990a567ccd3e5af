import type { ErrorKind } from "./error-kind.js";

export const sourceTreesErrors = {
  "source-tree-not-found": {
    who: "usage",
    when: "the tree",
    hint: "give the folder of a FreeBSD source tree, such as /usr/src",
  },
  "source-tree-invalid": {
    who: "usage",
    when: "the tree",
    hint: "give the folder that holds the tree's Makefile and sys/, such as /usr/src",
  },
  "source-tree-too-old": {
    who: "usage",
    when: "the tree",
    hint: "its system call table is written in a form that kernlane does not know",
  },
  "source-file-unreadable": {
    who: "image",
    when: "the tree",
    hint: "check out the file again, and check its permissions",
  },
  "source-tree-unwritable": { who: "host", when: "the tree" },
  "syscall-slot-taken": { who: "image", when: "slot 468 of the tree" },
  "syscall-slot-absent": {
    who: "image",
    when: "slot 468 of the tree",
    hint: "the numbers of a whole table have no gaps: check out the file again",
  },
  "syscall-name-taken": {
    who: "image",
    when: "slot 468 of the tree",
    hint: "the tree brings a scaffold of its own; use it as it is, or take it out first",
  },
  "overlay-conflict": { who: "image", when: "the tree's files are not as the overlay needs them" },
  "overlay-edited": {
    who: "image",
    when: "the tree's files are not as the overlay needs them",
    hint: "put those lines back as they were, or take them out by hand together with their two comments",
  },
  "overlay-no-place": {
    who: "image",
    when: "the tree's files are not as the overlay needs them",
    hint: "check out the file again",
  },
  "slot-name-reserved": { who: "usage", when: "the name of a slot or configuration" },
  "slot-name-invalid": { who: "usage", when: "the name of a slot or configuration" },
  "kernel-conf-invalid": {
    who: "usage",
    when: "the name of a slot or configuration",
    hint: "give the name of the file in sys/amd64/conf, without its folder",
  },
  "objdir-not-found": {
    who: "usage",
    when: "the objects of a build",
    hint: "give the MAKEOBJDIRPREFIX that the kernel was built with",
  },
  "objdir-too-large": {
    who: "usage",
    when: "the objects of a build",
    hint: "give the MAKEOBJDIRPREFIX of the build itself, or the kernel's own path",
  },
  "kernel-not-built": { who: "image", when: "the objects of a build" },
  "installkernel-failed": {
    who: "image",
    when: "the objects of a build",
    hint: "run that command by hand in the tree until it works",
  },
  "install-dest-not-scratch": {
    who: "usage",
    when: "where to install",
    hint: "give an empty or new folder as --dest",
  },
  "install-dest-unwritable": {
    who: "usage",
    when: "where to install",
    hint: "give a folder that you may write to",
  },
  "make-missing": { who: "host", when: "no make of the right kind" },
} as const satisfies Readonly<Record<string, ErrorKind>>;
