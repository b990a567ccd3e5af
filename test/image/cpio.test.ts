import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeCpio, encodeCpio } from "../../src/binary/cpio.js";
import { runCommand } from "../../src/host/command.js";
import { tempFolder } from "../temp-folder.js";

const folder = tempFolder("cpio");

async function shell(script: string): Promise<string> {
  const result = await runCommand({ argv: ["sh", "-ec", script], cwd: folder }, 30_000);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  return result.stdout;
}

test("cpio(1) lists our archive with the types, modes and devices that were asked for", async () => {
  const archive = encodeCpio([
    { type: "directory", path: "dev", mode: 0o755 },
    { type: "character-device", path: "dev/console", mode: 0o600, major: 5, minor: 1 },
    { type: "directory", path: "kernlane", mode: 0o700, mtimeSeconds: 86_400 },
    { type: "file", path: "kernlane/plan", mode: 0o444, data: Buffer.alloc(1001, "p") },
    { type: "file", path: "init", mode: 0o755, data: Buffer.from("agent") },
    { type: "symlink", path: "linuxrc", mode: 0o777, target: "init" },
  ]);
  writeFileSync(join(folder, "ours.cpio"), archive);
  const listed = await shell("TZ=UTC cpio -itvn --quiet < ours.cpio");
  const columns = listed
    .trim()
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/g, " "));
  expect(columns).toEqual([
    "drwxr-xr-x 2 0 0 0 Jan 1 1970 dev",
    "crw------- 1 0 0 5, 1 Jan 1 1970 dev/console",
    "drwx------ 2 0 0 0 Jan 2 1970 kernlane",
    "-r--r--r-- 1 0 0 1001 Jan 1 1970 kernlane/plan",
    "-rwxr-xr-x 1 0 0 5 Jan 1 1970 init",
    "lrwxrwxrwx 1 0 0 4 Jan 1 1970 linuxrc -> init",
  ]);
  await shell("mkdir out && cd out && cpio -id --quiet init kernlane/plan < ../ours.cpio");
  expect(readFileSync(join(folder, "out/kernlane/plan"), "utf8")).toBe("p".repeat(1001));
  expect(readFileSync(join(folder, "out/init"), "utf8")).toBe("agent");
});

test("reads the archive that cpio(1) wrote", async () => {
  await shell(`mkdir -p tree/bin && cd tree && printf tool > bin/tool && chmod 751 bin/tool && ln -s bin/tool link
    printf 'bin\\nbin/tool\\nlink\\n' | cpio -o -H newc --quiet > ../theirs.cpio`);
  const entries = decodeCpio(readFileSync(join(folder, "theirs.cpio")));
  expect(entries).toMatchObject([
    { type: "directory", path: "bin" },
    { type: "file", path: "bin/tool", mode: 0o751, data: Buffer.from("tool") },
    { type: "symlink", path: "link", target: "bin/tool" },
  ]);
});
