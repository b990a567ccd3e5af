import type { ErrorKind } from "./error-kind.js";

export const structsErrors = {
  "struct-type-invalid": {
    who: "usage",
    when: "a definition that C cannot have: names, counts, sizes",
  },
  "struct-value-invalid": {
    who: "usage",
    when: "a value that does not fit its field, with the field's path",
  },
  "struct-field-unknown": {
    who: "usage",
    when: "a field that is not there, with the nearest that is",
  },
  "struct-length-wrong": {
    who: "usage",
    when: "bytes to be read that are not exactly the struct's size",
    hint: "pass exactly the struct's bytes: bytes.subarray(offset, offset + type.size)",
  },
  "layout-differs": {
    who: "usage",
    when: "the C header has the type otherwise, with each difference",
    hint: "change the description, or the header, until both say the same",
  },
  "header-not-compiled": {
    who: "usage",
    when: "clang refuses the header, with its own words; no type of that name or no ELF file",
    hint: "includeDirs, includes and defines say what the header needs; target says for which machine",
  },
  "header-type-invalid": {
    who: "usage",
    when: "clang refuses the header, with its own words; no type of that name or no ELF file",
  },
  "dwarf-unreadable": {
    who: "image",
    when: "an object file without debugging entries that can be read",
    hint: "compile it with -g -gdwarf-4",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
