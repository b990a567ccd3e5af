import { expect, test } from "vitest";
import { reply } from "../../../test/run-events.js";
import { callSite } from "../session/call-site.js";
import { mustBeOk } from "./caller.js";
import { stepReply } from "./reply.js";

test("a call that was late says where its threads are in the kernel", () => {
  const stack = "thread 28 (init) D|[<0>] take+0x1/0x2|";
  const late = reply(1, "file", "timeout", { stack });
  const happening = late as Extract<typeof late, { kind: "observation" }>;
  expect(() => mustBeOk(stepReply(happening.observation, "linux"), callSite())).toThrow(
    /\nkernel stack of the step's process, .*:\n {2}thread 28 \(init\) D\n {2}\[<0>\] take\+0x1\/0x2$/,
  );
});
