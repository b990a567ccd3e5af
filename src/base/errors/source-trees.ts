import type { ErrorKind } from "./error-kind.js";

export const sourceTreesErrors = {
  "source-tree-not-found": {
    who: "usage",
    when: "the source tree does not exist",
    hint: "give the folder of a FreeBSD source tree, such as /usr/src",
  },
  "source-tree-invalid": {
    who: "usage",
    when: "the folder is not a FreeBSD source tree",
    hint: "give the folder that holds the tree's Makefile and sys/, such as /usr/src",
  },
  "source-tree-too-old": {
    who: "usage",
    when: "the source tree is older than FreeBSD 13",
    hint: "its system call table is written in a form that kernlane does not know",
  },
  "source-file-unreadable": {
    who: "image",
    when: "a file of the source tree cannot be read",
    hint: "check out the file again, and check its permissions",
  },
  "source-tree-unwritable": {
    who: "host",
    when: "a file of the source tree cannot be written; the tree is as it was",
  },
  "syscall-slot-taken": { who: "image", when: "system call 468 of the tree is in use" },
  "syscall-slot-absent": {
    who: "image",
    when: "the tree has no line for system call 468",
    hint: "the numbers of a whole table have no gaps: check out the file again",
  },
  "syscall-name-taken": {
    who: "image",
    when: "the tree has the scaffold's system call under another number",
    hint: "the tree brings a scaffold of its own; use it as it is, or take it out first",
  },
  "overlay-conflict": {
    who: "image",
    when: "the tree has a file or a name of the scaffold already",
  },
  "overlay-edited": {
    who: "image",
    when: "the scaffold's lines in the tree were edited",
    hint: "if another version of kernlane put them there, revert with that one first; else put those lines back as they were, or take them out by hand together with their two comments",
  },
  "overlay-no-place": {
    who: "image",
    when: "a file of the tree has no place for the scaffold's lines",
    hint: "check out the file again",
  },
  "slot-name-reserved": {
    who: "usage",
    when: "the name of a slot is that of a directory that FreeBSD uses itself",
  },
  "slot-name-invalid": { who: "usage", when: "the name of a slot cannot be that of a directory" },
  "kernel-conf-invalid": {
    who: "usage",
    when: "the name of a kernel configuration cannot be one",
    hint: "give the name of the file in sys/amd64/conf, without its folder",
  },
  "objdir-not-found": {
    who: "usage",
    when: "the object folder does not exist",
    hint: "give the MAKEOBJDIRPREFIX that the kernel was built with",
  },
  "objdir-too-large": {
    who: "usage",
    when: "the object folder holds too much to be that of a build",
    hint: "give the MAKEOBJDIRPREFIX of the build itself, or the kernel's own path",
  },
  "kernel-not-built": {
    who: "image",
    when: "the object folder has no built kernel of that configuration",
  },
  "installkernel-failed": {
    who: "image",
    when: "make installkernel failed; with its last lines",
    hint: "run that command by hand in the tree until it works",
  },
  "install-dest-not-scratch": {
    who: "usage",
    when: "the folder to install into holds something else",
    hint: "give an empty or new folder as --dest",
  },
  "install-dest-unwritable": {
    who: "usage",
    when: "the folder to install into cannot be made or written",
    hint: "give a folder that you may write to",
  },
  "cross-compiler-missing": {
    who: "host",
    when: "the host is no FreeBSD, and no compiler was found for installkernel, which asks for its version",
    hint: "set XCC, XCXX, XCPP and XLD to the compiler and linker of the build, or install clang and lld",
  },
  "make-missing": {
    who: "host",
    when: "no make was found that FreeBSD's makefiles can be used with",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
