import type { ErrorKind } from "./error-kind.js";

export const scenesErrors = {
  "scene-unsupported": {
    who: "usage",
    when: "the hypervisor cannot keep what a guest was when its kernel died; with the reason",
    hint: 'use --hypervisor qemu (`hypervisor: "qemu"`), or leave --freeze out',
  },
  "dump-failed": {
    who: "host",
    when: "the memory of a guest could not be written into a file",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
