import type { ErrorKind } from "./error-kind.js";

export const vitestErrors = {
  "use-nested": {
    who: "usage",
    when: "`test.use` somewhere else than once at the top of a file; a test that wants a guest in a file without",
    hint: "tests that need another guest go into a file of their own",
  },
  "use-missing": {
    who: "usage",
    when: "`test.use` somewhere else than once at the top of a file; a test that wants a guest in a file without",
    hint: 'write test.use({ lane: "NAME" }) at the top of the file; test.use({}) is the default lane',
  },
  "use-option-unknown": { who: "usage", when: "an option that `test.use` does not have" },
  "use-scope-unknown": {
    who: "usage",
    when: "an option that `test.use` does not have",
    hint: "test: a guest each; file: one for the file; worker: one for all files of a worker",
  },
  "matcher-misused": {
    who: "usage",
    when: "a matcher of replies or guests on something else, such as a promise",
  },
  "guest-slot-timeout": {
    who: "host",
    when: "no place for another guest became free; with who holds them",
    hint: "end what holds the places, or give the guests less",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
