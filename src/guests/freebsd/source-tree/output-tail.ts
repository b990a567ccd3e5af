/**
 * The last lines of what a program printed, in bounded memory, with control characters made visible.
 */
import { visible } from "../../../console/visible.js";

export interface Tail {
  push(bytes: Buffer): void;
  text(): string;
}

const KEPT_BYTES = 8 * 1024;
const SHOWN_LINES = 20;

export function openTail(): Tail {
  let kept = Buffer.alloc(0);
  return {
    push(bytes) {
      kept = Buffer.concat([kept, bytes.subarray(-KEPT_BYTES)]).subarray(-KEPT_BYTES);
    },
    text() {
      const lines = kept.toString("utf8").trimEnd().split("\n").slice(-SHOWN_LINES);
      return lines.join("\n") === ""
        ? "  <no output>"
        : lines.map((line) => `  ${visible(line)}`).join("\n");
    },
  };
}
