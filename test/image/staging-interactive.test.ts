import { expect, test } from "vitest";
import { openFreebsd } from "../../src/guests/freebsd/freebsd.js";
import type { StagingInput } from "../../src/guests/guest.js";
import { editDisk } from "../../src/disk/edits.js";
import { openImage } from "../../src/disk/open-image.js";
import { guestFiles } from "../../src/guests/freebsd/guest-files.js";
import { effectiveSetting, readLoaderSettings } from "../../src/guests/freebsd/loader-settings.js";
import { openEdited } from "./model.js";
import { makeDisk, usedTree } from "./staged-guest.js";

const input: StagingInput = {
  kernel: {
    path: "/boot/kernel/kernel",
    identity: { label: "GENERIC" },
    origin: "the image's own",
  },
  folder: "/runs/twq/stock",
  files: [
    { path: "/kernlane/agent", mode: 0o755, content: Buffer.from("agent"), why: "the agent" },
  ],
  diskFormat: "qcow2",
  memoryMiB: 512,
  guestDeadlineMs: 60_000,
  timeSeconds: 1_767_225_600,
};

test.each(["init", "early"] as const)(
  "a guest that is left to a person has the agent and its script, and does not start it (%s)",
  (probeAt) => {
    const guest = openFreebsd({ image: makeDisk(), probeAt, writableRoot: false });
    const paths = (staged: StagingInput): readonly string[] =>
      guest.planStaging(staged).placed.map(({ path }) => path);
    const usual = paths(input);
    const idle = paths({ ...input, leavesAgentIdle: true });
    expect(usual.filter((path) => !idle.includes(path))).toEqual(
      probeAt === "init" ? [] : ["/etc/rc.conf.d/kernlane"],
    );
    expect(idle).toContain("/kernlane/agent");
    expect(idle).toContain("/etc/rc.d/kernlane");
  },
);

test.each([
  [true, "rw"],
  [false, "ro"],
])(
  "an agent in the place of init needs no rc, and its root is as it is told (%s)",
  (writableRoot, options) => {
    const { "etc/rc": rc, ...tree } = usedTree;
    expect(rc).toBeDefined();
    const guest = openFreebsd({ image: makeDisk(tree), probeAt: "init", writableRoot });
    const { placed, disk } = guest.planStaging(input);
    expect(placed.map(({ path }) => path)).not.toContain("/etc/rc.d/kernlane");
    using base = openImage(disk!.base.path);
    const settings = readLoaderSettings(guestFiles(openEdited(editDisk(base, disk!.edits))));
    const told = (name: string) => effectiveSetting(settings, name)?.value;
    expect([told("init_path"), told("vfs.root.mountfrom.options")]).toEqual([
      "/kernlane/agent",
      options,
    ]);
  },
);
