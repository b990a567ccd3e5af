import type { ErrorKind } from "./error-kind.js";

export const structsErrors = {
  "struct-type-invalid": {
    who: "usage",
    when: "a struct was defined in a way that C does not allow",
  },
  "struct-value-invalid": {
    who: "usage",
    when: "a value does not fit its field; with the field's path",
  },
  "struct-field-unknown": {
    who: "usage",
    when: "a value has a field that the struct does not have; with the nearest one",
  },
  "struct-length-wrong": {
    who: "usage",
    when: "a struct was read from more or fewer bytes than it has",
    hint: "pass exactly the struct's bytes: bytes.subarray(offset, offset + type.size)",
  },
  "layout-differs": {
    who: "usage",
    when: "the C header lays the type out differently; with each difference",
    hint: "change the description, or the header, until both say the same",
  },
  "header-not-compiled": {
    who: "usage",
    when: "clang does not compile the header; with its own words",
    hint: "includeDirs, includes and defines say what the header needs; target says for which machine",
  },
  "header-type-invalid": {
    who: "usage",
    when: "the name of a type is none, or the header has no such type",
  },
  "dwarf-unreadable": {
    who: "image",
    when: "an object file has no debugging entries that can be read",
    hint: "compile it with -g -gdwarf-4",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
