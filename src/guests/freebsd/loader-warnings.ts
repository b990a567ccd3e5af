/**
 * What in a guest's loader settings makes a boot go otherwise than one would think.
 */
import { CONF_DIR, effectiveSetting, type LoaderSettings } from "./loader-settings.js";

const SHOWN_MALFORMED = 10;

/** @param slots the names of the directories of /boot that have a kernel */
export function loaderWarnings(
  settings: LoaderSettings,
  slots: readonly string[],
): readonly string[] {
  return [
    ...scriptWarnings(settings),
    ...kernelWarnings(settings, slots),
    ...consoleWarnings(settings),
    ...waitWarnings(settings),
    ...doubtWarnings(settings),
    ...malformedWarnings(settings),
  ];
}

function scriptWarnings({ loader, files }: LoaderSettings): readonly string[] {
  return [
    ...(loader.kind === "unknown"
      ? ["the scripts of the loader (/boot/lua) are missing: it cannot boot by itself"]
      : []),
    ...(files.length === 0
      ? ["/boot/defaults/loader.conf is missing: the loader reads no settings at all"]
      : []),
  ];
}

function kernelWarnings(settings: LoaderSettings, slots: readonly string[]): readonly string[] {
  const kernel = effectiveSetting(settings, "kernel");
  const warnings: string[] = [];
  if (!slots.includes("kernel"))
    warnings.push("there is no stock kernel: /boot/kernel/kernel is missing");
  if (kernel !== undefined && !isThere(kernel.value, slots))
    warnings.push(
      `${kernel.file}:${kernel.line} sets kernel="${kernel.value}", and there is no /boot/${kernel.value}/kernel`,
    );
  if (effectiveSetting(settings, "nextboot_enable")?.value === "YES")
    warnings.push("nextboot is armed: the next boot is not like those after it");
  return warnings;
}

/** A kernel that is named by its path is not looked for here. */
function isThere(kernel: string, slots: readonly string[]): boolean {
  return kernel.includes("/") || slots.includes(kernel);
}

/** The kernel takes its consoles from the loader: `comconsole` in `console`, or a boot_ variable that is not `no`. */
function consoleWarnings(settings: LoaderSettings): readonly string[] {
  const consoles = effectiveSetting(settings, "console")?.value ?? "";
  const isOn = (name: string): boolean => {
    const value = effectiveSetting(settings, name)?.value;
    return value !== undefined && value.toLowerCase() !== "no";
  };
  if (/\b(comconsole|eficom)\b/.test(consoles) || isOn("boot_serial") || isOn("boot_multicons"))
    return [];
  return [
    "the console is the screen: with a BIOS the serial port stays silent until kernlane stages its settings",
  ];
}

function waitWarnings(settings: LoaderSettings): readonly string[] {
  const delay = effectiveSetting(settings, "autoboot_delay");
  if (delay?.value.toLowerCase() !== "no") return [];
  return [
    `${delay.file}:${delay.line} sets autoboot_delay="NO": the loader waits for a key for ever ("-1" is no delay)`,
  ];
}

/** What is only known of a machine, or not before the loader has run. */
function doubtWarnings(settings: LoaderSettings): readonly string[] {
  const products = settings.loader.readsProducts
    ? effectiveSetting(settings, "product_vars")
    : undefined;
  const codes = settings.doubts.filter(({ isCode }) => isCode);
  return [
    ...(products === undefined
      ? []
      : [
          `${products.file}:${products.line} sets product_vars: folders of ${CONF_DIR} that are named after the machine's ${namesIn(products.value)} are read too`,
        ]),
    ...codes.map(({ place, what }) => `${place} ${what}: what it sets is not known here`),
  ];
}

function namesIn(list: string): string {
  return list.trim().split(/\s+/).join(", ");
}

function malformedWarnings({ malformed }: LoaderSettings): readonly string[] {
  const shown = malformed
    .slice(0, SHOWN_MALFORMED)
    .map(({ file, line, text }) => `${file}:${line} is malformed: ${text}`);
  const rest = malformed.length - shown.length;
  return rest > 0 ? [...shown, `… and ${rest} more malformed lines`] : shown;
}
