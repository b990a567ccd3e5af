/**
 * What a FreeBSD guest's loader will have been told when it loads the kernel: the files that it reads, in its order.
 *
 * Source: loader.conf(5); FreeBSD `stand/lua/config.lua` of 13.1 and 15, `stand/forth/support.4th`.
 *
 * 1. `/boot/defaults/loader.conf`;
 * 2. after each file, the files that it names in `loader_conf_files`, if they were not read before;
 * 3. the files `*.conf` of each directory in `loader_conf_dirs` (the Lua loader since 13), **in the order in which they lie in
 *    the directory**: the loader does not sort them, so a name that begins with 99 need not be the last;
 * 4. those of `local_loader_conf_files` (the Lua loader since 14; 13 has loader.conf.local among the files of step 2);
 * 5. `nextboot_conf`, unless it begins with `nextboot_enable="NO"`.
 *
 * The last assignment of a variable counts. Not followed: directories that `product_vars` adds by the machine's make, and
 * what an `exec` line may set.
 */
import { LaneError } from "../../base/errors.js";
import { visible } from "../../console/visible.js";
import type { GuestFiles } from "./guest-files.js";
import { expandValue, parseLoaderConf, type LoaderLine } from "./loader-conf.js";
import { findLoader, type Loader } from "./loader-kind.js";

export interface LoaderAssignment {
  readonly name: string;
  readonly value: string;
  /** Absolute in the guest. */
  readonly file: string;
  readonly line: number;
}

/** A line that the loader complains about and passes over. */
interface MalformedLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface LoaderSettings {
  readonly loader: Loader;
  /** In the order in which they take effect. */
  readonly assignments: readonly LoaderAssignment[];
  readonly malformed: readonly MalformedLine[];
  /** The files that were read, in order. */
  readonly files: readonly string[];
  /** The files that the loader looks for, in order, whether or not they are there; not those of directories. */
  readonly wanted: readonly string[];
  /** Whether a file that is put into /boot/loader.conf.d will be read. */
  readonly readsConfDir: boolean;
}

export const CONF_DIR = "/boot/loader.conf.d";
const DEFAULTS = "/boot/defaults/loader.conf";

/**
 * Without /boot/defaults/loader.conf nothing is read, as the loader would read nothing.
 *
 * @throws LaneError `loader-conf-excessive`, `guest-file-too-large`, `ufs2-damaged` (image)
 * @example effectiveSetting(readLoaderSettings(image), "kernel") // { value: "kernel", file: "/boot/defaults/loader.conf", … }
 */
export function readLoaderSettings(guest: GuestFiles): LoaderSettings {
  const loader = findLoader(guest);
  const reading = openReading(guest);
  reading.readWithNamed(DEFAULTS);
  const directories = loader.readsDirectories ? namesOf(reading.valueOf("loader_conf_dirs")) : [];
  for (const directory of directories) {
    for (const name of guest.namesIn(directory)) {
      // The loader's pattern is `.conf$`, where the dot is any character.
      if (/.conf$/s.test(name)) reading.readWithNamed(`${directory}/${name}`, false);
    }
  }
  if (loader.readsLocalFiles)
    namesOf(reading.valueOf("local_loader_conf_files")).forEach((file) =>
      reading.readWithNamed(file),
    );
  const nextboot = namesOf(reading.valueOf("nextboot_conf"))[0];
  if (nextboot !== undefined && reading.valueOf("nextboot_enable") !== "NO")
    reading.readNextboot(nextboot);
  const { assignments, malformed, files, wanted } = reading;
  const readsConfDir = directories.some((name) => name.replace(/\/+$/, "") === CONF_DIR);
  return { loader, assignments, malformed, files, wanted, readsConfDir };
}

/** The assignment that counts, or `undefined` when no file sets the variable. */
export function effectiveSetting(
  settings: LoaderSettings,
  name: string,
): LoaderAssignment | undefined {
  return settings.assignments.findLast((assignment) => assignment.name === name);
}

interface Reading extends Pick<LoaderSettings, "assignments" | "malformed" | "files" | "wanted"> {
  /** Reads a file if it is there, then those that it names. */
  readWithNamed(file: string, isWanted?: boolean): void;
  readNextboot(file: string): void;
  valueOf(name: string): string | undefined;
}

/** No guest comes near these; a hostile one is stopped there. */
const MAX_FILES = 500;
const MAX_CHARACTERS = 16 * 1024 * 1024;

function openReading(guest: GuestFiles): Reading {
  const assignments: LoaderAssignment[] = [];
  const malformed: MalformedLine[] = [];
  const files: string[] = [];
  const wanted: string[] = [];
  const values = new Map<string, string>();
  const seen = new Set<string>();
  let characters = 0;

  function take(file: string, text: string): void {
    files.push(file);
    characters += text.length;
    for (const one of parseLoaderConf(text)) {
      if (files.length > MAX_FILES || characters > MAX_CHARACTERS) throw excessive(file);
      if (one.kind === "exec") continue;
      const value = valueOf(one, values);
      if (one.kind === "malformed" || value === undefined) {
        const written = one.kind === "malformed" ? one.text : `${one.name}="${one.written}"`;
        malformed.push({ file, line: one.line, text: written });
        continue;
      }
      characters += value.length;
      assignments.push({ name: one.name, value, file, line: one.line });
      values.set(one.name, value);
    }
  }

  return {
    assignments,
    malformed,
    files,
    wanted,
    valueOf: (name) => values.get(name),
    readWithNamed(file, isWanted = true) {
      if (seen.has(file)) return;
      seen.add(file);
      if (isWanted) wanted.push(file);
      values.delete("loader_conf_files");
      const text = guest.readText(file);
      if (text === undefined) return;
      take(file, text);
      for (const name of namesOf(values.get("loader_conf_files"))) this.readWithNamed(name);
    },
    readNextboot(file) {
      const text = guest.readText(file);
      if (text !== undefined && !text.startsWith('nextboot_enable="NO"')) take(file, text);
    },
  };
}

/** What a line's variable becomes, or `undefined` where it becomes nothing. */
function valueOf(line: LoaderLine, values: ReadonlyMap<string, string>): string | undefined {
  if (line.kind !== "assignment") return undefined;
  return line.ofModule ? line.written : expandValue(line.written, (name) => values.get(name));
}

/** Names are divided by blanks; one that is not absolute begins at the root, too. */
function namesOf(list: string | undefined): readonly string[] {
  const names = (list ?? "").split(/\s+/).filter((name) => name !== "");
  return names.map((name) => (name.startsWith("/") ? name : `/${name}`));
}

function excessive(file: string): LaneError {
  return new LaneError(
    "loader-conf-excessive",
    `the guest's loader files are more than ${MAX_FILES} or hold more than ${MAX_CHARACTERS} characters; stopped in ${visible(file)}`,
    { facts: { file } },
  );
}
