/**
 * Which release a FreeBSD image's userland is of.
 *
 * Source: freebsd-version(1) is a script that says `USERLAND_VERSION="15.0-RELEASE-p1"`; os-release(5), `VERSION="15.0-…"`,
 * is written at boot, so that a fresh image may be without it.
 */
import type { GuestFiles } from "./guest-files.js";

const PLACES = [
  { path: "/bin/freebsd-version", line: /^USERLAND_VERSION="([^"\n]{1,64})"/m },
  { path: "/etc/os-release", line: /^VERSION="?([^"\n]{1,64})"?$/m },
] as const;

/**
 * `undefined` where the image does not say.
 *
 * @example userlandVersion(image) // "15.0-STABLE"
 */
export function userlandVersion(guest: GuestFiles): string | undefined {
  for (const { path, line } of PLACES) {
    const version = line.exec(guest.readText(path) ?? "")?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}
