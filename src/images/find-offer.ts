/**
 * Which file of the server an image's name stands for: looked up in the checksum files of its sources, in order.
 */
import { LaneError } from "../base/errors.js";
import type { CatalogImage, ImageSource } from "./catalog.js";
import { parseChecksums } from "./checksums.js";
import { httpGet, type GetOptions } from "./http.js";
import type { Offer } from "./part-file.js";

const CHECKSUM_FILE = "CHECKSUM.SHA256";
/** A folder of images has a dozen files, a line each. */
const MAX_CHECKSUM_BYTES = 256 * 1024;

/**
 * @throws LaneError `image-not-offered`, `bad-base-url` (usage), `download-failed` (host)
 * @example (await findOffer("https://download.freebsd.org", findInCatalog("freebsd-15.0-release"), {})).url
 */
export async function findOffer(
  baseUrl: string,
  image: CatalogImage,
  options: Pick<GetOptions, "signal" | "stallMs">,
): Promise<Offer> {
  const base = parseBaseUrl(baseUrl);
  for (const source of image.sources) {
    const folderUrl = `${base}/${source.folder}`;
    const text = await readChecksumFile(`${folderUrl}/${CHECKSUM_FILE}`, options);
    const offer = text === undefined ? undefined : chooseFile(text, folderUrl, source);
    if (offer) return offer;
  }
  const places = image.sources.map(({ folder }) => `${base}/${folder}/`).join(" and ");
  throw new LaneError(
    "image-not-offered",
    `the server has no file for ${image.name}; looked in ${places}`,
    { facts: { name: image.name, baseUrl: base } },
  );
}

/** Of several that match (builds of a snapshot), the one whose name sorts last is the newest: names hold the date. */
function chooseFile(text: string, folderUrl: string, { pattern }: ImageSource): Offer | undefined {
  const checksums = parseChecksums(text);
  const fileName = [...checksums.keys()]
    .filter((name) => pattern.test(name))
    .sort()
    .at(-1);
  if (fileName === undefined) return undefined;
  return { fileName, url: `${folderUrl}/${fileName}`, sha256: checksums.get(fileName)! };
}

/** The file's text, or `undefined` where there is no such folder or file: not every version has every kind of image. */
async function readChecksumFile(
  url: string,
  options: Pick<GetOptions, "signal" | "stallMs">,
): Promise<string | undefined> {
  try {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of (await httpGet(url, options)).chunks) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_CHECKSUM_BYTES) throw notAChecksumFile(url);
    }
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    if (error instanceof LaneError && error.code === "download-not-found") return undefined;
    throw error;
  }
}

function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ["http:", "https:"].includes(url.protocol)) return url.href.replace(/\/+$/, "");
  throw new LaneError(
    "bad-base-url",
    `found "${text}" as base URL of the images, expected one that begins with http:// or https://`,
    { facts: { baseUrl: text } },
  );
}

function notAChecksumFile(url: string): LaneError {
  return new LaneError(
    "download-failed",
    `${url} is larger than ${MAX_CHECKSUM_BYTES} bytes, expected a checksum file`,
    { hint: "check the base URL", facts: { url } },
  );
}
