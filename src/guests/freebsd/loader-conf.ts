/**
 * The lines of loader.conf(5), as the loader's own parser takes them.
 *
 * Source: FreeBSD `stand/lua/config.lua` (13.1 and 15). A line is one of
 *
 *     # comment
 *     name="value"            # comment      spaces around `=` are allowed
 *     name=word                              letters, digits, `-`, `_`, `.`
 *     exec="command"                         the loader runs it; nothing that we could do
 *
 * Anything else is malformed: the loader says so and goes on. Values are expanded (`\` takes the next character as it is,
 * `$name` and `${name}` are variables, empty when not set), but not those of a module's variables (`…_load`, `…_name` …).
 * A value ends at its second quote: loaders before 15 go to the last quote of the line instead, then find a stray
 * quote in it, and leave the variable as it was.
 */
export type LoaderLine =
  | {
      readonly kind: "assignment";
      readonly line: number;
      readonly name: string;
      /** As it is written, without its quotes; `expandValue` makes the value of it. */
      readonly written: string;
      /** A variable of a module, whose value is taken as it is written. */
      readonly ofModule: boolean;
    }
  | { readonly kind: "exec"; readonly line: number; readonly command: string }
  | { readonly kind: "malformed"; readonly line: number; readonly text: string };

const BLANK = /^[ \t\r\v\f]*(?:#.*)?$/s;
const EXEC = /^[ \t\r\v\f]*exec[ \t\r\v\f]*=[ \t\r\v\f]*"([^"]*)"(.*)$/s;
const ASSIGNMENT =
  /^[ \t\r\v\f]*([\w.-]+)[ \t\r\v\f]*=[ \t\r\v\f]*(?:"([^"]*)"|([A-Za-z0-9-][\w.-]*))(.*)$/s;
const MODULE_VARIABLE = /._(?:load|name|type|flags|before|after|error)$/;

/**
 * @returns every line that is not blank or a comment, numbered from 1
 * @example parseLoaderConf('kernel="TWQDEBUG"\n')
 * // [{ kind: "assignment", line: 1, name: "kernel", written: "TWQDEBUG", ofModule: false }]
 */
export function parseLoaderConf(text: string): readonly LoaderLine[] {
  return text.split("\n").flatMap((line, index) => {
    return BLANK.test(line) ? [] : [parseLine(line, index + 1)];
  });
}

function parseLine(text: string, line: number): LoaderLine {
  const exec = EXEC.exec(text);
  if (exec && BLANK.test(exec[2]!)) return { kind: "exec", line, command: exec[1]! };
  const match = ASSIGNMENT.exec(text);
  if (!match || !BLANK.test(match[4]!)) return { kind: "malformed", line, text };
  const name = match[1]!;
  const ofModule = MODULE_VARIABLE.test(name);
  if (!ofModule && !/^[A-Za-z0-9]/.test(name)) return { kind: "malformed", line, text };
  return { kind: "assignment", line, name, written: match[2] ?? match[3]!, ofModule };
}

/** No variable of the loader needs more, and values that double themselves line by line stay small. */
const VALUE_LIMIT = 4096;

/**
 * The value that is meant by what is written, or `undefined` where the loader refuses it: a `\` or `$` at the end, a `$`
 * before no name; or where it is longer than 4096 characters.
 *
 * @param valueOf the variables as they are at that line
 * @example expandValue("${module_path};/boot/x", () => "/boot/modules") // "/boot/modules;/boot/x"
 */
export function expandValue(
  written: string,
  valueOf: (name: string) => string | undefined,
): string | undefined {
  let value = "";
  const part = /\\(.)|\$\{([^}]+)\}|\$([A-Za-z0-9][\w.-]*)|([^\\$]+)|(.)/gsu;
  for (const [, escaped, braced, bare, plain, stray] of written.matchAll(part)) {
    if (stray !== undefined) return undefined;
    const name = braced ?? bare;
    value += name === undefined ? (escaped ?? plain!) : (valueOf(name) ?? "");
    if (value.length > VALUE_LIMIT) return undefined;
  }
  return value;
}
