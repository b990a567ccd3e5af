/**
 * Whether everything that belongs to a reply has come with it.
 */
import type { Observation } from "../../protocol/decode-reply.js";

/** Why a reply is not whole, in a clause; undefined when it is. */
export function whatIsMissing(
  reply: Observation,
  outputs: readonly Observation[],
): string | undefined {
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
