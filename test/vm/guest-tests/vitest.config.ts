/** For the tests that `vitest.vm.test.ts` runs in a Vitest of their own: `kernlane` is this repository's source. */
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const source = join(import.meta.dirname, "..", "..", "..", "src");

export default defineConfig({
  resolve: {
    alias: [
      { find: /^kernlane$/, replacement: join(source, "index.ts") },
      { find: /^kernlane\/vitest$/, replacement: join(source, "vitest", "index.ts") },
    ],
  },
  test: {
    include: ["*.guest.ts", "test/**/*.test.ts"],
    pool: "forks",
    // Beside other guests under emulation.
    testTimeout: 120_000,
    teardownTimeout: 60_000,
  },
});
