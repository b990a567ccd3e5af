/**
 * The official FreeBSD images by short names, and where each lies below the project's download server.
 *
 * Source: the server's layout as of November 2026: `releases/` and `snapshots/`, in each `VM-IMAGES/` (a plain system on the
 * video console) and `CI-IMAGES/` (serial console, no boot menu, no delay; not for every version). File names have changed over the years
 * (`BASIC-CI` became `BASIC-CI-ufs`, the plain image became `-ufs`), and those of snapshots hold a date, a hash and a count;
 * therefore a source is a folder and a pattern, and its checksum file says which names there are.
 */
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";

/** A folder of the server and the names in it that will do. */
export interface ImageSource {
  /** Relative to the base URL, without slashes at its ends. */
  readonly folder: string;
  readonly pattern: RegExp;
}

export interface CatalogImage {
  /** `freebsd-15.0-release`, or with a variant `freebsd-15.0-release-zfs`; safe as the name of a folder. */
  readonly name: string;
  /** In order of preference. */
  readonly sources: readonly ImageSource[];
}

export const DEFAULT_BASE_URL = "https://download.freebsd.org";

/** Names to show and to suggest; any version follows the same form. */
const CATALOG_EXAMPLES = [
  "freebsd-15.1-release",
  "freebsd-15.0-release",
  "freebsd-15.0-stable",
  "freebsd-14.3-release",
  "freebsd-15.0-release-ci",
  "freebsd-15.0-release-ufs",
  "freebsd-15.0-release-zfs",
] as const;

const NAME = /^freebsd-(\d{1,2}\.\d)-(release|stable|current)(?:-(ci|ufs|zfs))?$/;
/** What a snapshot has in its name, before or after the file system: `-20261120-0b9b9d5e0b8e-281000`. */
const BUILD = String.raw`(-\d{8}-[0-9a-f]+-\d+)?`;

/**
 * The image of a name. Without a variant it is the CI image, where there is one, else the plain UFS image.
 *
 * @throws LaneError `image-unknown` (usage)
 * @example findInCatalog("freebsd-15.0-release").sources[0]?.folder // "releases/CI-IMAGES/15.0-RELEASE/amd64/Latest"
 */
export function findInCatalog(name: string): CatalogImage {
  const match = NAME.exec(name);
  if (!match) throw unknownImage(name);
  const version = `${match[1]!}-${match[2]!.toUpperCase()}`;
  const root = match[2] === "release" ? "releases" : "snapshots";
  const source = (kind: "VM" | "CI", flavour: string): ImageSource => ({
    folder: `${root}/${kind}-IMAGES/${version}/amd64/Latest`,
    pattern: new RegExp(
      `^FreeBSD-${version.replace(".", String.raw`\.`)}-amd64${BUILD}${flavour}${BUILD}\\.raw\\.xz$`,
    ),
  });
  const ci = source("CI", "-BASIC-CI(-ufs)?");
  const ufs = source("VM", "(-ufs)?");
  switch (match[3]) {
    case "ci":
      return { name, sources: [ci] };
    case "ufs":
      return { name, sources: [ufs] };
    case "zfs":
      return { name, sources: [source("VM", "-zfs")] };
    default:
      return { name, sources: [ci, ufs] };
  }
}

function unknownImage(name: string): LaneError {
  const nearest = nearestName(name, CATALOG_EXAMPLES);
  return new LaneError(
    "image-unknown",
    `no image is called "${name}"; expected freebsd-VERSION-release (or -stable, -current), with -ci, -ufs or -zfs after it for that variant`,
    {
      hint: nearest
        ? `did you mean ${nearest}?`
        : `such as ${CATALOG_EXAMPLES.slice(0, 4).join(", ")}`,
      facts: { name },
    },
  );
}
