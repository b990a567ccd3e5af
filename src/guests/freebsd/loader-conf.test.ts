import fc from "fast-check";
import { expect, test } from "vitest";
import { expandValue, parseLoaderConf } from "./loader-conf.js";

/** The assignments of a text as `name: written`. */
function assigned(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parseLoaderConf(text).flatMap((one) =>
      one.kind === "assignment" ? [[one.name, one.written]] : [],
    ),
  );
}

test("takes quoted values, single words and blanks around the equals sign, with a comment after them", () => {
  const text = [
    'kernel="TWQDEBUG" # mine',
    "autoboot_delay=-1",
    '  hw.uart.console = "io:0x3f8,br:115200"',
    "hint.uart.1.at=isa\t# com2",
    'empty=""',
  ].join("\n");
  expect(assigned(text)).toEqual({
    kernel: "TWQDEBUG",
    autoboot_delay: "-1",
    "hw.uart.console": "io:0x3f8,br:115200",
    "hint.uart.1.at": "isa",
    empty: "",
  });
});

test("skips comments and blank lines, also those that end in a carriage return, and counts them", () => {
  expect(parseLoaderConf('# a "b"\r\n\n \t\r\nkernel="x"\r\n')).toEqual([
    { kind: "assignment", line: 4, name: "kernel", written: "x", ofModule: false },
  ]);
});

test.each([
  "kernel",
  'kernel="x',
  'kernel="x" y',
  'kernel="a"b"',
  "kernel=/boot/x",
  "kernel=",
  '_kernel="x"',
  'ker nel="x"',
  'exec="a" b',
])("finds `%s` malformed, as the loader does", (line) => {
  expect(parseLoaderConf(line)).toEqual([{ kind: "malformed", line: 1, text: line }]);
});

test("knows commands and the variables of modules", () => {
  expect(parseLoaderConf('exec="echo hello"\nif_foo_load="YES"\nfoo_name="$x"\n')).toEqual([
    { kind: "exec", line: 1, command: "echo hello" },
    { kind: "assignment", line: 2, name: "if_foo_load", written: "YES", ofModule: true },
    { kind: "assignment", line: 3, name: "foo_name", written: "$x", ofModule: true },
  ]);
});

test("expands variables and takes escaped characters as they are", () => {
  const values: Readonly<Record<string, string>> = { module_path: "/boot/modules", "a.b": "c" };
  const expand = (written: string) => expandValue(written, (name) => values[name]);
  expect(expand("${module_path};/boot/x")).toBe("/boot/modules;/boot/x");
  expect(expand("<$a.b|$nothing>")).toBe("<c|>");
  expect(expand(String.raw`\$a \\ \ü`)).toBe(String.raw`$a \ ü`);
  for (const refused of ["$", "x\\", "$;", "${", "${}"]) expect(expand(refused)).toBeUndefined();
});

test("refuses a value that grows without end", () => {
  let value = "x";
  for (let line = 0; line < 100; line++) value = expandValue("$v$v", () => value) ?? value;
  expect(value.length).toBeLessThanOrEqual(4096);
});

test("accounts for every line of any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      const seen = parseLoaderConf(text).map(({ line }) => line);
      const expected = text
        .split("\n")
        .flatMap((line, index) => (/^[ \t\r\v\f]*(#|$)/.test(line) ? [] : [index + 1]));
      expect(seen).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});
