import type { ErrorKind } from "./error-kind.js";

export const networkErrors = {
  "image-unknown": { who: "usage", when: "a name, or a server that does not have it" },
  "image-not-offered": {
    who: "usage",
    when: "a name, or a server that does not have it",
    hint: "check the version, try -ufs or -zfs, or name another base URL",
  },
  "image-not-cached": { who: "usage", when: "a name, or a server that does not have it" },
  "image-busy": {
    who: "usage",
    when: "a name, or a server that does not have it",
    hint: "wait for it to end, or end it",
  },
  "bad-base-url": {
    who: "usage",
    when: "a name, or a server that does not have it",
    hint: "name the server's root, below which releases/ lies",
  },
  "download-not-found": { who: "usage", when: "a name, or a server that does not have it" },
  "download-failed": { who: "host", when: "the network, or what came over it" },
  "image-checksum": {
    who: "host",
    when: "the network, or what came over it",
    hint: "fetch it again; if that fails too, name another mirror as base URL",
  },
  "image-unpack-failed": {
    who: "host",
    when: "the network, or what came over it",
    hint: "fetch it again; if that fails too, the file on the server is damaged",
  },
  "image-changed": { who: "image", when: "a cached image is not what it was" },
} as const satisfies Readonly<Record<string, ErrorKind>>;
