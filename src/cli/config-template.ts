/** What `kernlane init` writes; a test loads it and plans its lane. */
export const configTemplate = `// A lane is a named recipe: guest, kernels, machine, probe, expectations.
// Try it with \`kernlane plan\` (touches nothing), then \`kernlane run\`.
import { defineConfig, defineLane, readFile, syscall } from "kernlane";

const mine = defineLane({
  // The guest's family. It decides on the kernel's format and on errno and signal numbers.
  guest: "linux",
  description: "what my kernel answers",

  // One column a kernel. A path is relative to this file; "auto" is the host's own kernel, else the distribution's.
  // With { file, ident } the column is wrong-kernel unless the guest's release is exactly \`ident\`.
  kernels: {
    stock: "auto",
    // mine: "../linux/arch/x86/boot/bzImage",
  },

  machine: { cpus: 1, memory: "256M" },

  // A FreeBSD guest (guest: "freebsd") is staged over a disk image, which is never written; its column \`stock\` is the image's
  // own kernel, and a kernel may come with its modules: { file: "obj/…/kernel", modules: true }. See docs/freebsd.md.
  // image: "FreeBSD-15.0-RELEASE-amd64-ufs.raw",
  // The agent takes the place of init(8), unless the probe needs what rc(8) sets up ("early", "login").
  // probeAt: "login",

  // The steps that the agent performs in the guest, in order. What is expected may differ by column;
  // "*" is any other column, and a column that is not named is only shown.
  probe: [
    readFile("/proc/sys/kernel/osrelease", { name: "release" }),
    syscall({ name: "getpid()", nr: 39, expect: /^= \\d+$/ }),
    syscall({ name: "close(-1)", nr: 3, args: [-1], expect: "EBADF" }),
    syscall({ name: "my_syscall(1)", nr: 468, args: [1], fork: true, expect: { stock: "ENOSYS", mine: "ok" } }),
  ],

  // Words added to the kernel's command line.
  // commandLine: "loglevel=8",

  // Budgets of the phases; the defaults fit an idle laptop and are stretched without hardware virtualisation.
  // timeouts: { boot: "90s", probe: "60s", powerOff: "20s" },

  // Host files that the guest finds at these paths, for \`program\` steps.
  // files: { "/kernlane/bin/probe": "./probe" },

  // Findings on the console fail a run, or are only reported: by class of docs/console-marks.md, or by a report's whole title.
  // findings: { locks: "report" },
});

export default defineConfig({
  default: "mine",
  lanes: { mine },
});
`;
