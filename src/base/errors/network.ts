import type { ErrorKind } from "./error-kind.js";

export const networkErrors = {
  "image-unknown": { who: "usage", when: "the name is not that of an official image" },
  "image-not-offered": {
    who: "usage",
    when: "the server does not have the image",
    hint: "check the version, try -ufs or -zfs, or name another base URL",
  },
  "image-not-cached": { who: "usage", when: "the image is not in the cache" },
  "image-busy": {
    who: "usage",
    when: "another kernlane fetches or removes the same image",
    hint: "wait for it to end, or end it",
  },
  "bad-base-url": {
    who: "usage",
    when: "the base URL is not an http or https URL",
    hint: "name the server's root, below which releases/ lies",
  },
  "download-not-found": {
    who: "usage",
    when: "the server does not have a file that it should have",
  },
  "download-failed": { who: "host", when: "a download failed; with the reason" },
  "image-checksum": {
    who: "host",
    when: "what was downloaded does not have the published checksum",
    hint: "fetch it again; if that fails too, name another mirror as base URL",
  },
  "image-unpack-failed": {
    who: "host",
    when: "what was downloaded cannot be unpacked",
    hint: "fetch it again; if that fails too, the file on the server is damaged",
  },
  "image-changed": { who: "image", when: "a cached image was changed since it was fetched" },
} as const satisfies Readonly<Record<string, ErrorKind>>;
