import type { ErrorKind } from "./error-kind.js";

export const scenesErrors = {
  "scene-unsupported": {
    who: "usage",
    when: "the hypervisor cannot keep what a guest was when its kernel died; with the reason",
    hint: 'use --hypervisor qemu (`hypervisor: "qemu"`), or leave --freeze out',
  },
  "scene-missing": {
    who: "usage",
    when: "an autopsy was asked for of a run that has kept no frozen guest",
    hint: "run it again with --freeze (`freeze: true` in the lane): a guest whose kernel dies is kept then",
  },
  "scene-ambiguous": {
    who: "usage",
    when: "several kernels of a run have kept a frozen guest, and none was named",
  },
  "scene-damaged": {
    who: "host",
    when: "a frozen guest is not as it was kept, or what its disk is written over has changed",
    hint: "run it again with --freeze",
  },
  "scene-of-another-host": {
    who: "host",
    when: "a frozen guest cannot be brought back on this host, whose QEMU, accelerator or processor is another",
  },
  "dump-failed": {
    who: "host",
    when: "the memory of a guest could not be written into a file",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
