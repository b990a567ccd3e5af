import { LaneError } from "../../../base/errors.js";
import { findProgram } from "../../../host/paths.js";

/**
 * The make that reads FreeBSD's makefiles: `make` on FreeBSD itself, `bmake` elsewhere, where `make` is GNU's.
 *
 * @throws LaneError `make-missing` (host)
 */
export function findMake(platform: NodeJS.Platform): string {
  const name = platform === "freebsd" ? "make" : "bmake";
  const path = findProgram(name);
  if (path !== undefined) return path;
  throw new LaneError(
    "make-missing",
    `${name} was not found in PATH; FreeBSD's makefiles need it`,
    {
      hint:
        platform === "linux"
          ? "install it: apt-get install bmake, or your distribution's package of that name"
          : `install ${name}`,
      facts: { program: name, platform },
    },
  );
}
