import { functionName } from "./stack.js";

/**
 * Titles that stay the same from run to run and from build to build, so that they can be compared, counted and allowed by a lane's
 * policy.
 *
 * A template is text with `$name` for a value; `[ in $frame]` in brackets is left out when a value in it is missing. Values come from
 * the row's details, from the pattern's named groups, and `$frame` from the backtrace. What changes in a value becomes a word
 * (`withoutChange`); `$=name` takes the value as it is (a trap's number is its name), `$#name` is a process's name, whose number at
 * the end is not its own, and `$~name` is a text of FreeBSD's, which prints numbers in hexadecimal without saying so.
 *
 * @example fillTitle("KASAN: $kind[ $access][ in $frame]", { kind: "slab-out-of-bounds", frame: "foo" })
 * // "KASAN: slab-out-of-bounds in foo"
 */
export function fillTitle(
  template: string,
  values: Readonly<Record<string, string | undefined>>,
  maxLength = maxTitleLength,
): string {
  const optionalsDone = template.replace(/\[([^[\]]*)\]/g, (_, inner: string) =>
    variablesOf(inner).every((name) => values[name] !== undefined) ? inner : "",
  );
  const filled = optionalsDone.replace(variable, (_, kind: string, name: string) => {
    // A value may become shorter: where it is cut must not differ from run to run.
    const value = (values[name] ?? "").trim().slice(0, 2 * maxLength);
    if (kind === "=") return value;
    const stable = withoutChange(kind === "~" ? value.replace(bareHex, "NUM") : value);
    return kind === "#" ? stable.replace(/\d+$/, "NUM") : stable;
  });
  return filled.slice(0, maxLength).trim();
}

const maxTitleLength = 200;
/** A Linux banner names the compiler, the linker and the build's date. */
export const maxIdentityLength = 512;
const variable = /\$([=#~]?)(\w+)/g;
const bareHex = /(?<![\w.:-])(?:(?=[a-f]{0,16}\d)[0-9a-f]{1,16}|f{2,16})(?![\w-])/g;

function variablesOf(template: string): readonly string[] {
  return Array.from(template.matchAll(variable), (match) => match[2]!);
}

/**
 * A text without what differs in the next run or in the next build.
 *
 * @param value at most some hundred characters
 * @example withoutChange("bad page in syz-executor5 pfn:1a2b at /home/me/src/mm/slub.c:12")
 * // "bad page in syz-executorNUM pfn:ADDR at mm/slub.c:NUM"
 */
function withoutChange(value: string): string {
  const bare = value.replace(sourcePath, twoLastParts).replace(suffixedName, withoutSuffixes);
  return changing.reduce((text, [pattern, stable]) => text.replace(pattern, stable), bare).trim();
}

/** Where somebody built the kernel: of a file its folder and its name stay. */
const sourcePath = /(?<![\w/.])\.{0,2}\/[^\s:,;'"()[\]]+\.(?:c|h|S|cc|cpp|rs)(?!\w)/g;
const suffixedName = /\b[A-Za-z_]\w*\.(?:isra|part|constprop|cold|llvm|lto_priv)\b[\w.]*/g;

function twoLastParts(path: string): string {
  return path.split("/").filter(Boolean).slice(-2).join("/");
}

function withoutSuffixes(name: string): string {
  return functionName(name);
}

/** Networks', disks' and terminals' names are a driver's with the number of the unit. */
const units =
  "loop|nbd|ram|zram|md|dm-|sr|[shxv]{1,2}d[a-z]{1,3}|nvme|nvd|nda|ada|da|cd|vtbd|mmcblk|mmcsd|pts/|tty[A-Za-z]{0,4}|ptm|eth|wlan|wlp|enp|ens|em|igb|ix|re|vtnet|tap|tun|veth|bridge|br|bond|team|dummy|gre|sit|ip6?tnl|tunl|vlan|vxlan|epair|lagg|gif|wg|can|vcan|macvlan|macvtap|ipvlan|netdevsim|ppp|usb|uhub|hidraw|video|cpu|CPU";

/** What changes, and what is said in its place, in the order in which it is looked for. */
const changing: readonly (readonly [RegExp, string])[] = [
  // Another message began in the middle of this one.
  [/\[ {0,12}\d{1,12}\.\d{6}\].*$/, ""],
  [/\(_{0,4}ptrval_{0,4}\)/g, "ADDR"],
  [/\b(pfn|ino|inode)([:=]| #?)[0-9a-f]+\b/g, "$1$2NUM"],
  // A PCI function, a network card's address, a UUID.
  [/\b[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\b/g, "ADDR"],
  [/\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g, "ADDR"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "ADDR"],
  [/\b0x[0-9a-fA-F]+\b/g, "ADDR"],
  [/\b(?:(?=[a-f]*[0-9])[0-9a-f]{8,16}|f{8,16})\b/g, "ADDR"],
  // A thread of one processor, its workqueue behind it.
  [/(?<=[A-Za-z_])\/u?\d+(?::\d+)?[HR]?(?:[+-][\w-]+)?(?![\w/])/g, "/NUM"],
  [/\b(syz-executor|syz)[.-]?\d[\d.]*/g, "$1NUM"],
  [new RegExp(`\\b(${units})\\d+(?:[nps]\\d+){0,3}\\b`, "g"), "$1NUM"],
  [/(?<![\w.])\d+(?:\.\d+)*(?=(?:[kKMGT]i?B?|[mun]?s|[MGk]?Hz|B)\b)/g, "NUM"],
  [/(?<![\w.])\d+(?:\.\d+)*(?![\w.]*[A-Za-z_])/g, "NUM"],
];
