import { expect, test } from "vitest";
import { openPowerOffSign } from "./power-off-sign.js";

function isSeen(...chunks: readonly string[]): boolean {
  const sign = openPowerOffSign();
  for (const chunk of chunks) sign.console(Buffer.from(chunk));
  return sign.seen;
}

test.each([
  "Uptime: 14s\r\nacpi0: Powering system off\r\n",
  "[    2.345678] reboot: Power down\r\n",
  "[    2.345678][    T1] Power down\r\n",
  "Power down.\n",
])("a kernel's last words are seen, however they are cut: %j", (text) => {
  for (let at = 0; at <= text.length; at += 1)
    expect(isSeen("boot\n", text.slice(0, at), text.slice(at))).toBe(true);
});

test.each(["# echo about Power downs", "Rebooting...\r\n", ""])("%j is no such word", (text) => {
  expect(isSeen(text)).toBe(false);
});
