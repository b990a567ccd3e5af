import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isReply, ReplyReader } from "./decode-reply.js";

const reader = () => new ReplyReader([{ id: 3, name: "uname" }]);
const line = (kind: string, data: object, status = "ok") =>
  JSON.stringify({ kind, status, data, meta: {} });

describe("ReplyReader", () => {
  test("names a reply by its step", () => {
    const seen = reader().read(7, line("syscall", { step: 3, rc: 0 }));
    expect(seen).toMatchObject({ seq: 7, stepId: 3, name: "uname", kind: "syscall", framed: true });
    expect(isReply(seen!)).toBe(true);
  });

  test("takes output as what a step says, not as its reply", () => {
    const seen = reader().read(1, line("output", { step: 3, text: "hi" }, "line"))!;
    expect(seen.name).toBe("uname");
    expect(isReply(seen)).toBe(false);
    expect(isReply(reader().read(1, line("hello", { run: "x" }, "ready"))!)).toBe(false);
  });

  test("joins parts with the reply that they belong to, and only once", () => {
    const replies = reader();
    expect(
      replies.read(1, line("part", { step: 3, of: "content", text: "ab" }, "more")),
    ).toBeUndefined();
    expect(
      replies.read(2, line("part", { step: 3, of: "content", text: "cd" }, "more")),
    ).toBeUndefined();
    expect(
      replies.read(3, line("output", { step: 3, text: "x" }))?.data["content"],
    ).toBeUndefined();
    expect(replies.read(4, line("read-file", { step: 3, content: "ef" }))?.data["content"]).toBe(
      "abcdef",
    );
    expect(replies.read(5, line("read-file", { step: 3, content: "g" }))?.data["content"]).toBe(
      "g",
    );
  });

  test("keeps what came in parts when the step then dies", () => {
    const replies = reader();
    replies.read(1, line("part", { step: 3, of: "results", text: "0*5," }, "more"));
    const died = replies.read(2, line("batch", { step: 3, signal: 11, at: 6 }, "signal"));
    expect(died?.data).toEqual({ step: 3, signal: 11, at: 6, results: "0*5," });
  });

  test("takes a reply some of whose parts did not come as lost, and never as what is left of it", () => {
    const replies = reader();
    const reply = (parts: number) =>
      JSON.stringify({
        kind: "read-file",
        status: "ok",
        data: { step: 3, content: "ef" },
        meta: { parts },
      });
    replies.read(1, line("part", { step: 3, of: "content", text: "ab" }, "more"));
    expect(replies.read(3, reply(2))).toMatchObject({
      status: "lost",
      data: { step: 3, reason: "1 of the 2 parts of the reply are missing" },
    });
    replies.read(4, line("part", { step: 3, of: "content", text: "ab" }, "more"));
    expect(replies.read(5, reply(1))).toMatchObject({ status: "ok", data: { content: "abef" } });
  });

  test("makes UTF-8 of guest bytes where it is UTF-8, and says so where it is not", () => {
    const text = Buffer.from("größe", "utf8").toString("latin1");
    expect(reader().read(1, line("output", { step: 3, text }))?.data["text"]).toBe("größe");
    const bytes = reader().read(1, line("output", { step: 3, text: "\xff\x00" }));
    expect(bytes?.data).toMatchObject({ text: "\xff\x00", encoding: "latin1" });
  });

  test("shows a payload that is none of ours as an error and never throws", () => {
    expect(reader().read(9, "[]")).toMatchObject({ kind: "error", status: "unreadable", seq: 9 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (payload) => {
        expect(reader().read(1, payload)).toBeDefined();
      }),
    );
  });
});
