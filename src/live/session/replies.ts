/** What comes of a request, and whether all of it came. */
import type { Observation } from "../../protocol/decode-reply.js";

export interface Answer {
  readonly reply: Observation;
  /** What a program printed meanwhile. */
  readonly outputs: readonly Observation[];
}

/** Why a reply is not whole, in a clause; undefined when it is. */
export function whatIsMissing({ reply, outputs }: Answer): string | undefined {
  if (reply.status === "lost") return String(reply.data["reason"]);
  if (reply.kind !== "program") return undefined;
  const passedBytes = outputs.reduce((sum, { data }) => sum + bytesOf(data), 0);
  const sentBytes = Number(reply.data["bytes"] ?? 0);
  if (passedBytes === sentBytes) return undefined;
  return `${passedBytes} of ${sentBytes} bytes of its output came`;
}

function bytesOf({ text, encoding }: Observation["data"]): number {
  if (typeof text !== "string") return 0;
  return encoding === "latin1" ? text.length : Buffer.byteLength(text);
}
