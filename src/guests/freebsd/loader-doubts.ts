/**
 * What may set variables of the loader without being assignments that can be read: Lua, commands, files of another machine's.
 */
import { parseLoaderConf, type LoaderLine } from "./loader-conf.js";

export interface LoaderDoubt {
  /** Absolute in the guest, with a line where it is one: `/boot/lua/local.lua`, `/boot/loader.conf:3`. */
  readonly place: string;
  /** One clause: `is Lua, which the loader runs`. */
  readonly what: string;
  /** Whether it is code, and not a file of assignments that may not be read. */
  readonly isCode: boolean;
  /** The variables that it names, and so may set. A name that is put together at run time is not seen. */
  readonly names: ReadonlySet<string>;
  /** How many assignments take effect before it. */
  readonly after: number;
}

const WORD = /[A-Za-z0-9][\w.-]*/g;

/** A file that is run. Its text is not understood: whatever word is in it, a comment's too, may be a variable that it sets. */
export function scriptDoubt(file: string, text: string, after: number): LoaderDoubt {
  const what = "is Lua, which the loader runs";
  return { place: file, what, isCode: true, names: new Set(text.match(WORD) ?? []), after };
}

/** A file that is read on machines that are called as its directory is. */
export function fileDoubt(
  file: string,
  text: string,
  variables: readonly string[],
  after: number,
): LoaderDoubt {
  const names = parseLoaderConf(text).flatMap((line) =>
    line.kind === "assignment" ? [line.name] : [],
  );
  const what = `is read on a machine whose ${variables.join(" or ")} has its folder's name`;
  return { place: file, what, isCode: false, names: new Set(names), after };
}

/** A command that only prints: `echo …`, and Forth's `.( … ) cr` of older defaults. */
const PRINTS = /^\s*(?:echo(?:\s|$)|\.\([^)]*\)\s*(?:cr\s*)?$)|^\s*$/;

/** Of `set` and `unset` the variable is known; of others, as of a script, each word may be one. */
export function execDoubt(
  file: string,
  { command, line }: Extract<LoaderLine, { readonly kind: "exec" }>,
  after: number,
): readonly LoaderDoubt[] {
  if (PRINTS.test(command)) return [];
  const name = /^\s*(?:un)?set\s+([\w.-]+)/.exec(command)?.[1];
  const names = new Set(name === undefined ? command.match(WORD) : [name]);
  const what = "is a command that the loader carries out";
  return [{ place: `${file}:${line}`, what, isCode: true, names, after }];
}
