/**
 * `kernlane image`: official FreeBSD images in the cache. Progress goes to stderr and the image's path to stdout, so that
 * `IMG=$(kernlane image fetch …)` holds a path and no more.
 */
import { Command } from "commander";
import { catchInterrupts } from "./interrupts.js";
import { print, printJson } from "./output.js";
import type { Transfer } from "./transfer.js";

const NAME_FORM =
  "such as freebsd-15.0-release; -stable, -current and the endings -ci, -ufs, -zfs exist too";

export function imageCommand(): Command {
  return new Command("image")
    .description("fetch official FreeBSD images into the cache, and manage what is there")
    .addCommand(fetchCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(removeCommand());
}

function fetchCommand(): Command {
  return new Command("fetch")
    .description(
      "download and unpack an image, unless it is here already, and print its path; after an interruption it resumes where it stopped",
    )
    .argument("<name>", NAME_FORM)
    .option(
      "--base-url <url>",
      "a mirror's root, below which releases/ lies (default: the FreeBSD project's)",
    )
    .action(fetchOne);
}

function listCommand(): Command {
  return new Command("list")
    .description("list the images in the cache, and downloads that were begun")
    .option("--json", "print one JSON document on stdout")
    .action(list);
}

function verifyCommand(): Command {
  return new Command("verify")
    .description("read a whole image and compare it with what was fetched")
    .argument("<name>", "an image in the cache")
    .action(verifyOne);
}

function removeCommand(): Command {
  return new Command("rm")
    .description("remove an image from the cache, or a download that was begun")
    .argument("<name>", "an image in the cache")
    .action(removeOne);
}

async function fetchOne(name: string, { baseUrl }: { readonly baseUrl?: string }): Promise<void> {
  const { fetchImage } = await import("../images/fetch.js");
  const kept = "what has come is kept, and the same command resumes there";
  await withTransfer(kept, async (transfer, signal) => {
    const image = await fetchImage(name, { baseUrl, signal, onEvent: transfer.event });
    transfer.done();
    print(`${image.path}\n`);
  });
}

async function verifyOne(name: string): Promise<void> {
  const { verifyImage } = await import("../images/verify.js");
  await withTransfer("nothing was changed", async (transfer, signal) => {
    const onProgress = transfer.reading;
    const image = await verifyImage(name, { signal, onProgress });
    transfer.done();
    print(`${name} is what was fetched on ${dayOf(image.fetchedAt)}\n`);
  });
}

async function removeOne(name: string): Promise<void> {
  const { removeImage } = await import("../images/cache.js");
  const { formatBytes } = await import("../base/units.js");
  const freedBytes = await removeImage(name);
  print(`removed ${name}: ${formatBytes(freedBytes)} freed\n`);
}

async function list({ json }: { readonly json?: boolean }): Promise<void> {
  const { listImages } = await import("../images/cache.js");
  const { formatBytes } = await import("../base/units.js");
  const { formatTable } = await import("../report/table.js");
  const found = listImages();
  if (json) {
    printJson(found);
    return;
  }
  const rows = [
    ...found.images.map(({ name, rawBytes, storedBytes, fetchedAt, path }) => [
      name,
      formatBytes(rawBytes),
      formatBytes(storedBytes),
      dayOf(fetchedAt),
      path,
    ]),
    ...found.partial.map(({ name, doneBytes }) => [
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
  const { openTransfer } = await import("./transfer.js");
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
