import { expect, test } from "vitest";
import { openEcho } from "./echo.js";

test("takes what was typed out of the line it comes back on", () => {
  const echo = openEcho();
  echo.typed("sysctl debug.kdb.panic=1\n");
  expect(echo.withoutEcho("root@vm:~ # sysctl debug.kdb.panic=1")).toBe("root@vm:~ # ");
  expect(echo.withoutEcho("debug.kdb.panic: 0panic: x")).toBe("debug.kdb.panic: 0panic: x");
});

test("knows a part of it on a wrapped line", () => {
  const echo = openEcho();
  echo.typed("echo 'panic: a long command that is wrapped by the editor of the shell'");
  expect(echo.withoutEcho("panic: a long command that is")).toBe("");
});

test("looks for short text only behind a prompt", () => {
  const echo = openEcho();
  echo.typed("bt");
  expect(echo.withoutEcho("db> bt")).toBe("db> ");
  expect(echo.withoutEcho("debts")).toBe("debts");
});

test("forgets what was never echoed", () => {
  const echo = openEcho();
  echo.typed("panic: typed blindly");
  for (let line = 0; line < 64; line++) echo.withoutEcho("other text");
  expect(echo.withoutEcho("panic: typed blindly")).toBe("panic: typed blindly");
});
