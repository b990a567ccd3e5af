/**
 * What `kernlane image` does, apart from its command line: loaded only when it is asked for.
 */
import { formatBytes } from "../base/units.js";
import { listImages, removeImage } from "../images/cache.js";
import { fetchImage } from "../images/fetch.js";
import { verifyImage } from "../images/verify.js";
import { formatTable } from "../report/table.js";
import { catchInterrupts } from "./interrupts.js";
import { print, printJson } from "./output.js";
import { openTransfer, type Transfer } from "./transfer.js";

export async function fetchAndTell(name: string, baseUrl: string | undefined): Promise<void> {
  const kept = "what has come is kept, and the same command resumes there";
  await withTransfer(kept, async (transfer, signal) => {
    const image = await fetchImage(name, { baseUrl, signal, onEvent: transfer.event });
    transfer.done();
    print(`${image.path}\n`);
  });
}

export async function verifyAndTell(name: string): Promise<void> {
  await withTransfer("nothing was changed", async (transfer, signal) => {
    const onProgress = transfer.reading;
    const image = await verifyImage(name, { signal, onProgress });
    transfer.done();
    print(`${name} is what was fetched on ${dayOf(image.fetchedAt)}\n`);
  });
}

export async function removeAndTell(name: string): Promise<void> {
  const freedBytes = await removeImage(name);
  print(`removed ${name}: ${formatBytes(freedBytes)} freed\n`);
}

export function tellImages(json: boolean): void {
  const list = listImages();
  if (json) {
    printJson(list);
    return;
  }
  const rows = [
    ...list.images.map(({ name, rawBytes, storedBytes, fetchedAt, path }) => [
      name,
      formatBytes(rawBytes),
      formatBytes(storedBytes),
      dayOf(fetchedAt),
      path,
    ]),
    ...list.partial.map(({ name, doneBytes }) => [
      name,
      "",
      formatBytes(doneBytes),
      "not yet",
      `begun; resume with: kernlane image fetch ${name}`,
    ]),
  ];
  const lines =
    rows.length === 0
      ? ["no images in the cache; fetch one with: kernlane image fetch freebsd-15.0-release"]
      : formatTable([["name", "size", "on disk", "verified", "path"], ...rows]);
  print(lines.map((line) => `${line}\n`).join(""));
}

/** Of an ISO 8601 time: its day, which is when the checksum was last known to be right. */
function dayOf(time: string): string {
  return time.slice(0, 10);
}

/** @param kept what holds after an interruption, for the reader */
async function withTransfer(
  kept: string,
  work: (transfer: Transfer, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const output = process.stderr;
  const transfer = openTransfer(output, output.isTTY && process.env["TERM"] !== "dumb");
  using interrupts = catchInterrupts(() => transfer.done());
  try {
    await work(transfer, interrupts.signal);
  } catch (error) {
    if (interrupts.signal.aborted) output.write(`interrupted: ${kept}\n`);
    throw error;
  } finally {
    transfer.done();
  }
}
