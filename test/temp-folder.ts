/** Folders for tests: each is new and empty, and all are removed when the file's tests are done. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];

// Registered before any hook of the file that imports this, so it runs after all of them.
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** @example const folder = tempFolder("ledger"); */
export function tempFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `kernlane-test-${name}-`));
  made.push(folder);
  return folder;
}
