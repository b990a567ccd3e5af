/**
 * Which file of the server an image's name stands for: looked up in the checksum files of its sources, in order.
 */
import { LaneError } from "../base/errors.js";
import type { CatalogImage, ImageSource } from "./catalog.js";
import { failed, httpGet, type GetOptions } from "./http.js";

/** What is downloaded: another URL or another checksum is another file. */
export interface Offer {
  readonly fileName: string;
  readonly url: string;
  /** Of the .xz file, as the server's checksum file has it, in lower case. */
  readonly sha256: string;
}

const CHECKSUM_FILE = "CHECKSUM.SHA256";
/** As the BSDs write it: `SHA256 (FILE) = HEX`. Lines of another form, such as a signature around the list, are passed over. */
const CHECKSUM_LINE = /^SHA256 \(([^()/\s]+)\) = ([0-9a-f]{64})\s*$/gim;
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
    const offer = chooseFile(text, folderUrl, source);
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
  return [...text.matchAll(CHECKSUM_LINE)]
    .map(([, fileName, sha256]) => ({ fileName: fileName!, sha256: sha256!.toLowerCase() }))
    .filter(({ fileName }) => pattern.test(fileName))
    .sort((one, other) => (one.fileName < other.fileName ? -1 : 1))
    .map((file) => ({ ...file, url: `${folderUrl}/${file.fileName}` }))
    .at(-1);
}

/** Empty where there is no such folder or file: not every version has every kind of image. */
async function readChecksumFile(
  url: string,
  options: Pick<GetOptions, "signal" | "stallMs">,
): Promise<string> {
  const read = httpGet(url, options, async ({ chunks }) => {
    let bytes = Buffer.alloc(0);
    for await (const chunk of chunks) {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length > MAX_CHECKSUM_BYTES)
        throw failed(url, "it is larger than a checksum file", undefined, "check the base URL");
    }
    return bytes.toString("utf8");
  });
  return read.catch((error: unknown) => {
    if (error instanceof LaneError && error.code === "download-not-found") return "";
    throw error;
  });
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
