import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { LaneError } from "../../../base/errors.js";
import { findProgram } from "../../../host/paths.js";

/**
 * The make that reads FreeBSD's makefiles: `make` on FreeBSD itself; elsewhere, where `make` is GNU's, the one that the tree's make.py
 * left in the object folder, or `bmake`.
 *
 * @throws LaneError `make-missing` (host)
 */
export function findMake(platform: NodeJS.Platform, objdirPrefix: string): string {
  const isOwn = platform === "freebsd";
  const name = isOwn ? "make" : "bmake";
  const built = join(objdirPrefix, "bmake-install", "bin", "bmake");
  const path = !isOwn && isExecutable(built) ? built : findProgram(name);
  if (path !== undefined) return path;
  const found = isOwn
    ? `${name} was not found in PATH`
    : `${name} was not found in PATH, nor ${built}, where tools/build/make.py leaves it`;
  throw new LaneError("make-missing", `${found}; FreeBSD's makefiles need it`, {
    hint:
      platform === "linux"
        ? "install it (apt-get install bmake, or your distribution's package of that name), or build with the tree's tools/build/make.py"
        : `install ${name}`,
    facts: { program: name, platform },
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
