import fc from "fast-check";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { decodeFrame } from "../../console/framing.js";
import { PORT_WINDOW_BYTES } from "../../machine/bhyve/port.js";
import { splitRequest } from "../../protocol/encode-request.js";
import { advance } from "./link.js";
import { defaultTiming, newLink, type Happening, type LinkRules } from "./link-state.js";
import { serialWire, terminalWire } from "./wire.js";

/** What FreeBSD's uart(4) holds between its interrupt and its thread. */
const UART_BYTES = 383;

/** What bhyve has of FreeBSD's buffers for a virtio-console port, less the last, and how long each is. */
const [PORT_BUFFERS, BUFFER_BYTES] = [63, 128];

/** Each line may come alone, and takes a buffer then. */
const buffersFor = (text: string): number =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .reduce((sum, line) => sum + Math.ceil((line.length + 1) / BUFFER_BYTES), 0);

const ports = [
  [serialWire(new PassThrough(), "com2"), (text: string) => text.length, UART_BYTES],
  [terminalWire(new PassThrough(), "vtcon", PORT_WINDOW_BYTES), buffersFor, PORT_BUFFERS],
] as const;

/** Calls of any length are made, and an agent that takes everything acknowledges it when it likes. */
const moves = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("call" as const), length: fc.integer({ min: 1, max: 3000 }) }),
    fc.constant({ kind: "answer" as const }),
    fc.constant({ kind: "gap" as const }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 1500 }) }),
  ),
  { maxLength: 120 },
);

test.each(ports)(
  "never more is on its way than a port holds, questions included: %#",
  (port, sizeOf, room) => {
    const { pieceBytes, windowBytes, openRequests } = port;
    const rules: LinkRules = { windowBytes, openRequests, timing: defaultTiming };
    fc.assert(
      fc.property(moves, (made) => {
        let state = newLink(0);
        let nowMs = 0;
        let unread = "";
        let inDriver = "";
        let highest = 0;
        const tell = (event: Happening): void => {
          const next = advance(rules, state, { ...event, nowMs });
          state = next.state;
          for (const action of next.actions) {
            if (action.type !== "write") continue;
            unread += action.text;
            inDriver += action.text;
          }
          expect(sizeOf(inDriver)).toBeLessThanOrEqual(room);
        };
        /** The agent has read it all: it answers a question, or else the last frame. */
        const answer = (): void => {
          const frames = unread.split("\n").flatMap((line) => decodeFrame(line) ?? []);
          const seqs = frames.map((frame) => ("seq" in frame ? frame.seq : 0));
          unread = "";
          inDriver = "";
          highest = Math.max(highest, ...seqs);
          if (seqs.includes(0)) tell({ type: "sync", expected: highest + 1 });
          else if (highest > 0) tell({ type: "reply", seq: highest });
        };
        tell({ type: "attach" });
        answer();
        for (const move of made) {
          if (move.kind === "answer") answer();
          else if (move.kind === "gap") tell({ type: "gap" });
          else if (move.kind === "wait") {
            // So long the driver's thread never waits, whatever the agent does.
            if (move.ms >= 500) inDriver = "";
            tell({ type: "tick" });
          } else {
            const payloads = splitRequest("x".repeat(move.length), pieceBytes);
            tell({ type: "call", payloads, context: "main", deadlineMs: 1e9 });
          }
          nowMs += move.kind === "wait" ? move.ms : 1;
        }
      }),
      { numRuns: 300 },
    );
  },
);
