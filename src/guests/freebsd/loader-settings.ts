/**
 * What a FreeBSD guest's loader will have been told when it loads the kernel: the files that it reads, in its order.
 *
 * Source: loader.conf(5); FreeBSD `stand/lua/config.lua` and `loader.lua` of 13.1 and 15, `stand/forth/support.4th`.
 *
 * 1. `/boot/defaults/loader.conf`;
 * 2. after each file, the files that it names in `loader_conf_files`, if they were not read before;
 * 3. the files `*.conf` of each directory in `loader_conf_dirs` (the Lua loader since 13), **in the order in which they lie in
 *    the directory**: the loader does not sort them, so a name that begins with 99 need not be the last; then those of
 *    `/boot/loader.conf.d/NAME` for each variable in `product_vars`, NAME being its value (15; `smbios.system.maker`);
 * 4. those of `local_loader_conf_files` (the Lua loader since 14; 13 has loader.conf.local among the files of step 2);
 * 5. `nextboot_conf`, unless it begins with `nextboot_enable="NO"`;
 * 6. `/boot/lua/local.lua`, which loader.lua runs when all of these are read, and before the kernel is loaded.
 *
 * The last assignment of a variable counts. A file whose name ends with `lua` is run, not read (15), and what it sets is not known
 * before; neither is which directory is meant by a variable of an unknown machine, nor what a command in an `exec` line does. Those are
 * {@link LoaderDoubt}s.
 */
import { LaneError } from "../../base/errors.js";
import { visible } from "../../console/visible.js";
import type { GuestFiles } from "./guest-files.js";
import { expandValue, parseLoaderConf, type LoaderLine } from "./loader-conf.js";
import { execDoubt, fileDoubt, scriptDoubt, type LoaderDoubt } from "./loader-doubts.js";
import { findLoader, type Loader } from "./loader-kind.js";
import type { SmbiosVariables } from "../../machine/machine.js";

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
  /** What may set variables besides, in the loader's order. */
  readonly doubts: readonly LoaderDoubt[];
  /** The files that were read, in order. */
  readonly files: readonly string[];
  /** The files that the loader looks for, in order, whether or not they are there; not those of directories. */
  readonly wanted: readonly string[];
  /** Whether a file that is put into /boot/loader.conf.d will be read. */
  readonly readsConfDir: boolean;
}

export const CONF_DIR = "/boot/loader.conf.d";
const DEFAULTS = "/boot/defaults/loader.conf";
const LOCAL_SCRIPT = "/boot/lua/local.lua";

const UNKNOWN_MACHINE: SmbiosVariables = { values: {}, areAll: false };

/**
 * Without /boot/defaults/loader.conf nothing is read, as the loader would read nothing.
 *
 * @param smbios what the firmware says of the machine; a directory that is named after one of an unknown machine is a doubt
 * @throws LaneError `loader-conf-excessive`, `guest-file-too-large`, `ufs2-damaged` (image)
 * @example effectiveSetting(readLoaderSettings(image), "kernel") // { value: "kernel", file: "/boot/defaults/loader.conf", … }
 */
export function readLoaderSettings(
  guest: GuestFiles,
  smbios: SmbiosVariables = UNKNOWN_MACHINE,
): LoaderSettings {
  const loader = findLoader(guest);
  const reading = openReading(guest, loader);
  reading.readWithNamed(DEFAULTS);
  const named = loader.readsDirectories ? namesOf(reading.valueOf("loader_conf_dirs")) : [];
  const products = loader.readsProducts ? productsOf(reading, smbios) : { known: [], unknown: [] };
  for (const directory of [...named, ...products.known]) {
    for (const file of confFilesIn(guest, directory)) reading.readWithNamed(file, false);
  }
  if (products.unknown.length > 0) {
    const folders = guest.namesIn(CONF_DIR).map((name) => `${CONF_DIR}/${name}`);
    const files = folders.flatMap((folder) => confFilesIn(guest, folder));
    for (const file of files) reading.doubtFile(file, products.unknown);
  }
  if (loader.readsLocalFiles)
    namesOf(reading.valueOf("local_loader_conf_files")).forEach((file) =>
      reading.readWithNamed(file),
    );
  const nextboot = namesOf(reading.valueOf("nextboot_conf"))[0];
  if (nextboot !== undefined && reading.valueOf("nextboot_enable") !== "NO")
    reading.readNextboot(nextboot);
  if (loader.kind === "lua") reading.doubtScript(LOCAL_SCRIPT);
  const { assignments, malformed, doubts, files, wanted } = reading;
  const readsConfDir = named.some((name) => name.replace(/\/+$/, "") === CONF_DIR);
  return { loader, assignments, malformed, doubts, files, wanted, readsConfDir };
}

/** The loader's pattern is `.conf$`, where the dot is any character. */
function confFilesIn(guest: GuestFiles, directory: string): readonly string[] {
  return guest
    .namesIn(directory)
    .filter((name) => /.conf$/s.test(name))
    .map((name) => `${directory}/${name}`);
}

interface Products {
  readonly known: readonly string[];
  /** Names of variables. */
  readonly unknown: readonly string[];
}

/** The directories that `product_vars` adds. The loader takes a value with blanks in it for several names. */
function productsOf(reading: Reading, { values, areAll }: SmbiosVariables): Products {
  const names = reading.valueOf("product_vars")?.match(/\S+/g) ?? [];
  const valueOf = (name: string): string | undefined => reading.valueOf(name) ?? values[name];
  const known = names.map(valueOf).filter((value) => value !== undefined);
  return {
    known: namesOf(known.map((value) => `${CONF_DIR}/${value}`).join(" ")),
    unknown: areAll ? [] : names.filter((name) => valueOf(name) === undefined),
  };
}

/** The assignment that counts, or `undefined` when no file sets the variable. */
export function effectiveSetting(
  settings: LoaderSettings,
  name: string,
): LoaderAssignment | undefined {
  return settings.assignments.findLast((assignment) => assignment.name === name);
}

interface Reading extends Pick<
  LoaderSettings,
  "assignments" | "malformed" | "doubts" | "files" | "wanted"
> {
  /** Reads a file if it is there, then those that it names. */
  readWithNamed(file: string, isWanted?: boolean): void;
  /** A file that is read on some machines: because of these variables. */
  doubtFile(file: string, variables: readonly string[]): void;
  /** A script that is run if it is there. */
  doubtScript(file: string): void;
  readNextboot(file: string): void;
  valueOf(name: string): string | undefined;
}

/** No guest comes near these; a hostile one is stopped there. */
const MAX_FILES = 500;
const MAX_CHARACTERS = 16 * 1024 * 1024;

function openReading(guest: GuestFiles, { runsLua }: Loader): Reading {
  const assignments: LoaderAssignment[] = [];
  const malformed: MalformedLine[] = [];
  const doubts: LoaderDoubt[] = [];
  const files: string[] = [];
  const wanted: string[] = [];
  const values = new Map<string, string>();
  const seen = new Set<string>();
  let characters = 0;

  function take(file: string, text: string): void {
    files.push(file);
    characters += text.length;
    if (runsLua && /.lua$/s.test(file)) {
      doubts.push(scriptDoubt(file, text, assignments.length));
      return;
    }
    for (const one of parseLoaderConf(text)) {
      if (files.length > MAX_FILES || characters > MAX_CHARACTERS) throw excessive(file);
      if (one.kind === "exec") {
        doubts.push(...execDoubt(file, one, assignments.length));
        continue;
      }
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
    doubts,
    files,
    wanted,
    valueOf: (name) => values.get(name),
    doubtFile(file, variables) {
      const text = guest.readText(file) ?? "";
      doubts.push(fileDoubt(file, text, variables, assignments.length));
    },
    doubtScript(file) {
      const text = guest.readText(file);
      if (text !== undefined) doubts.push(scriptDoubt(file, text, assignments.length));
    },
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

/** Names are divided by whatever is neither a letter, a digit nor a sign; one that is not absolute begins at the root, too. */
function namesOf(list: string | undefined): readonly string[] {
  const names = (list ?? "").match(/[!-~]+/g) ?? [];
  return names.map((name) => (name.startsWith("/") ? name : `/${name}`));
}

function excessive(file: string): LaneError {
  return new LaneError(
    "loader-conf-excessive",
    `the guest's loader files are more than ${MAX_FILES} or hold more than ${MAX_CHARACTERS} characters; stopped in ${visible(file)}`,
    { facts: { file } },
  );
}
