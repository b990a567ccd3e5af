/** The model of the agent's side of the channel does what the agent does, frame by frame. */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { encodeFrame } from "../src/console/framing.js";
import { encodeRequest } from "../src/protocol/encode-request.js";
import * as s from "../src/protocol/steps.js";
import { buildAgents, LiveAgent } from "./agent-process.js";
import {
  finishFirst,
  newAgent,
  takeDamaged,
  takeFrame,
  type ModelFrame,
} from "./live-agent-model.js";
import { tempFolder } from "./temp-folder.js";

let folder: string;
beforeAll(async () => {
  await buildAgents();
  folder = tempFolder("model");
}, 120_000);

const GETPID = 39;
const getpid = encodeRequest(s.syscall({ nr: GETPID }), { quiet: true });
const half = getpid.length / 2;

/** What the host sends: a number beside the one that the agent expects, and whole, in pieces, asked again or damaged. */
const sent = fc.record({
  beside: fc.constantFrom(0, 0, 0, -1, -2, 1, 2),
  what: fc.constantFrom("request", "piece", "again", "sync", "damaged"),
});

/** What of the agent's frame the model has. */
function seenIn({ kind, status, data }: Record<string, unknown>): ModelFrame {
  const { expected, got, step } = data as ModelFrame;
  if (kind === "sync") return { kind, expected: expected! };
  if (kind === "nak")
    return got === undefined
      ? { kind, status: String(status), expected: expected! }
      : { kind, status: String(status), expected: expected!, got };
  return { kind: kind === "piece" ? "piece" : "reply", step: step! };
}

const shown = (frame: ModelFrame): ModelFrame => {
  const { text, before, ...rest } = frame;
  return text === undefined && before === undefined ? frame : rest;
};

test("the model answers every frame as the agent does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(sent, { maxLength: 30 }), async (frames) => {
      const live = await LiveAgent.start(folder);
      let model = newAgent();
      try {
        for (const { beside, what } of frames) {
          const seq = what === "sync" ? 0 : Math.max(1, model.expected + beside);
          const isNew = seq >= model.expected;
          // An "again" that is new would be carried out as a request; the host never sends one.
          const first = isNew && model.assembled === "" && what === "piece";
          const payload =
            what === "sync"
              ? "sync"
              : first
                ? `+${getpid.slice(0, half)}`
                : model.assembled === "" || !isNew
                  ? getpid
                  : getpid.slice(half);
          const line = encodeFrame(seq, what === "again" && !isNew ? "again" : payload);
          live.write(`${what === "damaged" ? line.slice(0, -1) : line}\n`);
          const taken = what === "damaged" ? takeDamaged(model) : takeFrame(model, seq, payload);
          const finished = finishFirst(taken.agent);
          model = finished.agent;
          for (const frame of [...taken.frames, ...finished.frames]) {
            expect(seenIn(await live.next())).toEqual(shown(frame));
          }
          // Nothing else was said.
          live.send(0, "sync");
          expect(seenIn(await live.next())).toEqual({ kind: "sync", expected: model.expected });
        }
      } finally {
        await live.close();
      }
    }),
    { numRuns: 30 },
  );
});
