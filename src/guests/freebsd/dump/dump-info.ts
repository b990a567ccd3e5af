/**
 * What savecore(8) says of a dump, in its words and its order: `info.0`, which crashinfo(8) and people read.
 */
import type { FoundDump } from "./dump-header.js";

/** The name that the guest knew its disk by. */
const DEVICE = "/dev/vtbd1";

export function dumpInfo({ header, lengthBytes, compression }: FoundDump): string {
  return [
    `Dump header from device: ${DEVICE}`,
    `  Architecture: ${header.architecture}`,
    `  Architecture Version: ${header.architectureVersion}`,
    `  Dump Length: ${lengthBytes}`,
    `  Blocksize: ${header.blockBytes}`,
    `  Compression: ${compression}`,
    `  Dumptime: ${timeText(header.timeSeconds)}`,
    `  Hostname: ${header.hostName}`,
    `  Magic: ${header.magic}`,
    // It ends its own line, unless it was cut off.
    `  Version String: ${header.versionString.replace(/\n$/, "")}`,
    `  Panic String: ${header.panicString}`,
    `  Dump Parity: ${header.parity}`,
    "  Bounds: 0",
    "  Dump Status: good",
    "",
  ].join("\n");
}

/** What a date can be, in seconds on either side of 1970. */
const LATEST_SECONDS = 8_640_000_000_000n;

/** In UTC, whatever the guest's zone was: `2026-01-01 00:00:00 +0000`. */
function timeText(seconds: bigint): string {
  if (seconds > LATEST_SECONDS) return `${seconds} s after 1970`;
  const [date = "", time = ""] = new Date(Number(seconds) * 1000).toISOString().split("T");
  return `${date} ${time.slice(0, 8)} +0000`;
}
