import { expect, test } from "vitest";
import * as steps from "../protocol/steps.js";
import { mayWrite } from "./may-write.js";

const call = steps.syscall({ name: "getpid()", nr: 20 });
const write = steps.writeFile("/tmp/x", "x");
const program = steps.program("/bin/date");

test.each([
  ["none", []],
  ["a system call", [call]],
  ["a sysctl and a file that is read", [steps.sysctl("kern.ident"), steps.readFile("/etc/fstab")]],
  ["a call in a process", [steps.process("one", [call])]],
])("steps that write nothing: %s", (_, given) => {
  expect(mayWrite(given)).toBe(false);
});

test.each([
  ["a program", [call, program]],
  ["a file", [write]],
  ["a file in a process", [steps.process("one", [write])]],
  ["a file in one of several", [steps.parallel([steps.process("one", [call, write])])]],
])("steps that may write: %s", (_, given) => {
  expect(mayWrite(given)).toBe(true);
});
