import type { ErrorKind } from "./error-kind.js";

export const vitestErrors = {
  "use-nested": {
    who: "usage",
    when: "`test.use` was called twice in a file, or not at its top",
    hint: "tests that need another guest go into a file of their own",
  },
  "use-missing": {
    who: "usage",
    when: "a test wants a guest in a file without `test.use`",
    hint: 'write test.use({ lane: "NAME" }) at the top of the file; test.use({}) is the default lane',
  },
  "use-option-unknown": {
    who: "usage",
    when: "`test.use` was given an option that it does not have",
  },
  "use-scope-unknown": {
    who: "usage",
    when: "`test.use` was given a scope that it does not have",
    hint: "test: a guest each; file: one for the file; worker: one for all files of a worker",
  },
  "matcher-misused": {
    who: "usage",
    when: "a matcher of replies or guests was used on something else, such as a promise",
  },
  "guest-slot-timeout": {
    who: "host",
    when: "no place for another guest became free in time; with who holds them",
    hint: "end what holds the places, or give the guests less",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
