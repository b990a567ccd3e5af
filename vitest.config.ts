import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        // Pure: no program is started, which `no-programs.ts` sees to.
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "lanes/**/*.test.ts", "test/*.test.ts"],
          exclude: ["**/*.process.test.ts"],
          setupFiles: ["test/no-programs.ts"],
          // Nothing here takes long by itself; beside guests under TCG everything does.
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Programs, but no guests: the agent as a process, stand-ins for hypervisors, compilers, the command line.
        test: {
          name: "process",
          include: [
            "src/**/*.process.test.ts",
            "lanes/**/*.process.test.ts",
            "test/*.process.test.ts",
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Images made and read by foreign tools (makefs, sgdisk, grub-fstest, qemu-img); no guest is booted.
        test: {
          name: "image",
          include: ["test/image/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Real guests. Two at once fill a two-core machine; a guest under TCG is slow, not hung.
        test: {
          name: "vm",
          include: ["test/vm/**/*.test.ts"],
          exclude: ["test/vm/**/*.freebsd.vm.test.ts"],
          globalSetup: ["test/vm/global-setup.ts"],
          pool: "forks",
          maxWorkers: 2,
          // After the others: a guest that has to share its core with them is slow.
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
      {
        // An image and kernels of the user's own; needs nothing that only Linux hosts have.
        test: {
          name: "freebsd",
          include: ["test/vm/**/*.freebsd.vm.test.ts"],
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
