/**
 * Frames: how the agent's results and the host's requests travel as lines of text between whatever else a console says
 * (docs/probe-protocol.md, "Frames").
 *
 *     @kl SEQ CRC PAYLOAD
 *
 * SEQ is decimal and counts from 1; CRC is CRC-32 (IEEE 802.3, as in zlib and PNG) of `SEQ PAYLOAD` in eight lower-case
 * hexadecimal digits; PAYLOAD is printable ASCII up to the end of the line. The magic word may stand anywhere in a line, so
 * that a kernel message before it does no harm; one inside the frame breaks the CRC. Worked example:
 *
 *     @kl 1 5727f3a1 {"kind":"hello"}
 */
import { crc32 } from "node:zlib";

export interface Frame {
  readonly seq: number;
  readonly payload: string;
  /** What stood before the frame in its line. */
  readonly lead: string;
}

export type FrameEvent =
  | ({ readonly type: "frame" } & Frame)
  /** Frames `from` to `to` never came, or came damaged. Reported before the frame that shows it. */
  | { readonly type: "gap"; readonly from: number; readonly to: number }
  /** A frame that was here before, or is older than one that was. Its payload is not used twice. */
  | { readonly type: "duplicate"; readonly seq: number }
  /** A line with the magic word that is no frame; `text` is cut at 200 characters. */
  | { readonly type: "damaged"; readonly reason: string; readonly text: string }
  /** Any other line. */
  | { readonly type: "text"; readonly text: string };

const MAGIC = "@kl ";
const SHAPE = /^@kl (\d{1,15}) ([0-9a-f]{8}) ([\x20-\x7e]*)$/;

/** One frame, without a newline. @example encodeFrame(1, '{"kind":"hello"}') */
export function encodeFrame(seq: number, payload: string): string {
  return `${MAGIC}${seq} ${checksum(seq, payload)} ${payload}`;
}

/** The frame in a line; a reason when there is a damaged one; undefined when there is none. */
export function decodeFrame(line: string): Frame | { readonly reason: string } | undefined {
  const text = line.replace(/\r+$/, "");
  let reason: string | undefined;
  for (let at = text.indexOf(MAGIC); at >= 0; at = text.indexOf(MAGIC, at + 1)) {
    const match = SHAPE.exec(text.slice(at));
    if (match === null) {
      reason ??= "not of the form SEQ CRC PAYLOAD";
      continue;
    }
    const [, seq, crc, payload] = match as unknown as [string, string, string, string];
    if (checksum(Number(seq), payload) === crc && String(Number(seq)) === seq) {
      return { seq: Number(seq), payload, lead: text.slice(0, at) };
    }
    reason = `the CRC of frame ${seq} does not match`;
  }
  return reason === undefined ? undefined : { reason };
}

/**
 * Reads the lines of one direction of one channel in order. It keeps nothing but the last sequence number, so endless
 * output costs no memory.
 *
 * @example new FrameReader().read("boot noise@kl 1 5727f3a1 {\"kind\":\"hello\"}")
 */
export class FrameReader {
  private last: number;

  /** @param lastSeq the last frame that was read before, when a reader takes over from another; 0 at the start */
  constructor(lastSeq = 0) {
    this.last = lastSeq;
  }

  /** The highest sequence number seen; 0 before the first. */
  get lastSeq(): number {
    return this.last;
  }

  /** @param line one line without its newline; a trailing CR is ignored */
  read(line: string): readonly FrameEvent[] {
    const found = decodeFrame(line);
    if (found === undefined) return [{ type: "text", text: line }];
    if ("reason" in found) {
      return [{ type: "damaged", reason: found.reason, text: line.slice(0, 200) }];
    }
    if (found.seq <= this.last) return [{ type: "duplicate", seq: found.seq }];
    const expected = this.last + 1;
    this.last = found.seq;
    const frame: FrameEvent = { type: "frame", ...found };
    if (found.seq === expected) return [frame];
    return [{ type: "gap", from: expected, to: found.seq - 1 }, frame];
  }
}

function checksum(seq: number, payload: string): string {
  return crc32(`${seq} ${payload}`).toString(16).padStart(8, "0");
}
