import type { GuestFamily } from "../../base/family.js";
import type { Answer } from "../session/replies.js";
import { stepReply, type StepReply } from "./reply.js";

/** What a program of the guest did. */
export interface ProgramReply extends StepReply {
  /** Its lines, without their line breaks; the last one may have had none. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Bytes that went beyond the limit and were dropped. */
  readonly droppedBytes: number;
}

export function programReply({ reply, outputs }: Answer, family: GuestFamily): ProgramReply {
  const dropped = reply.data["dropped"];
  return {
    ...stepReply(reply, family),
    stdout: linesOf(outputs, "stdout"),
    stderr: linesOf(outputs, "stderr"),
    droppedBytes: typeof dropped === "number" ? dropped : 0,
  };
}

/** A long line comes in pieces, and so does one that has no line break. */
function linesOf(outputs: Answer["outputs"], stream: string): readonly string[] {
  const lines: string[] = [];
  let unfinished: string | undefined;
  for (const { status, data } of outputs) {
    if (data["stream"] !== stream) continue;
    const text = (unfinished ?? "") + String(data["text"]);
    unfinished = status === "piece" ? text : undefined;
    if (unfinished === undefined) lines.push(text);
  }
  return unfinished === undefined ? lines : [...lines, unfinished];
}
