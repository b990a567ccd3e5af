import type { GuestFamily } from "../base/family.js";
import { freebsdErrno } from "./errno-freebsd.js";
import { linuxErrno } from "./errno-linux.js";

const tables: Readonly<Record<GuestFamily, Readonly<Record<string, number>>>> = {
  linux: linuxErrno,
  freebsd: freebsdErrno,
};

/** Other names of the same number, with the one that is shown. They hold in both families. */
const aliases: Readonly<Record<string, string>> = {
  EOPNOTSUPP: "ENOTSUP",
  EWOULDBLOCK: "EAGAIN",
  EDEADLOCK: "EDEADLK",
};

/**
 * The name of an errno value as a guest of that family counts them: 45 is `ENOTSUP` on FreeBSD and `EL2NSYNC` on Linux,
 * where ENOTSUP is 95. A number without a name comes back as `errno N`.
 *
 * @example errnoName("freebsd", 45) // "ENOTSUP"
 */
export function errnoName(family: GuestFamily, number: number): string {
  const entry = Object.entries(tables[family]).find(([, value]) => value === number);
  return entry?.[0] ?? `errno ${number}`;
}

/** The number of an errno by name, aliases included; undefined when the family has no such errno. */
export function errnoNumber(family: GuestFamily, name: string): number | undefined {
  return tables[family][canonicalErrno(name)];
}

/** The name under which an errno is shown: `ENOTSUP` for `EOPNOTSUPP`. Unknown names come back as they are. */
export function canonicalErrno(name: string): string {
  return aliases[name] ?? name;
}

/** Every name that some family knows, aliases included. */
export function errnoNames(): readonly string[] {
  return [
    ...new Set([...Object.keys(linuxErrno), ...Object.keys(freebsdErrno), ...Object.keys(aliases)]),
  ];
}
