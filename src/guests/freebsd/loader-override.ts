/**
 * Whether the loader will have been told what was put into its files.
 */
import type { LoaderPlace } from "./changes.js";
import type { LoaderDoubt } from "./loader-doubts.js";
import { effectiveSetting, type LoaderSettings } from "./loader-settings.js";

type Variables = Readonly<Record<string, string>>;

/** Variables that decide on which files are read behind ours. */
const MORE_FILES: Readonly<Record<LoaderPlace, readonly string[]>> = {
  directory: ["loader_conf_dirs", "product_vars", "local_loader_conf_files", "nextboot_conf"],
  "local-file": ["local_loader_conf_files", "nextboot_conf"],
};

/**
 * What is in the way of the first variable that may be something else in the end, as a clause.
 *
 * @param settings those of the edited disk
 * @param place where our variables are
 * @example firstOverridden(settings, { kernel: "TWQDEBUG" }, "directory") // 'kernel is "mine" by /boot/loader.conf.local:1'
 */
export function firstOverridden(
  settings: LoaderSettings,
  variables: Variables,
  place: LoaderPlace,
): string | undefined {
  for (const [name, value] of Object.entries(variables)) {
    const effective = effectiveSetting(settings, name);
    if (effective === undefined) return `${name} is not read at all`;
    if (effective.value !== value)
      return `${name} is "${effective.value}" by ${effective.file}:${effective.line}`;
    const later = settings.doubts.find(
      (doubt) => doubt.after > settings.assignments.lastIndexOf(effective) && doubt.names.has(name),
    );
    if (later !== undefined) return `${later.place} ${later.what} after it, and it names ${name}`;
  }
  return moreFiles(settings, variables, place);
}

function moreFiles(
  settings: LoaderSettings,
  variables: Variables,
  place: LoaderPlace,
): string | undefined {
  const behind = doubtsBehind(settings, variables);
  for (const doubt of settings.doubts) {
    const names = [...MORE_FILES[place], ...(behind.includes(doubt) ? ["loader_conf_files"] : [])];
    const name = names.find((one) => doubt.names.has(one));
    if (name !== undefined)
      return `${doubt.place} ${doubt.what}, and it names ${name}: more files may be read behind them`;
  }
  return undefined;
}

/** Code that runs behind our variables, and names none of them: what is known of it, as sentences. */
export function codeBehind(settings: LoaderSettings, variables: Variables): readonly string[] {
  return doubtsBehind(settings, variables)
    .filter(({ isCode }) => isCode)
    .map(
      ({ place, what }) =>
        `${place} ${what} after kernlane's settings; it names none of them, and is taken to leave them as they are`,
    );
}

function doubtsBehind(settings: LoaderSettings, variables: Variables): readonly LoaderDoubt[] {
  const last = settings.assignments.findLastIndex(({ name }) => name in variables);
  return settings.doubts.filter(({ after }) => after > last);
}
