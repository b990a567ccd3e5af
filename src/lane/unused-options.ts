/**
 * Options that would do nothing are refused: a run that ignores what it was told tests something else.
 */
import { LaneError } from "../base/errors.js";
import type { GuestFamily } from "../base/family.js";
import type { LaneConfig } from "./lane.js";
import type { NamedLane, RunOptions } from "./request.js";

interface Option {
  /** As its user wrote it; undefined if it was not given. */
  readonly given: (options: RunOptions, lane: LaneConfig) => string | undefined;
  readonly code: "image-unused" | "option-unused";
  readonly why: string;
}

const DIRECT_BOOT = "Linux guests boot their kernel directly and have no disk";

/** What a guest of each family has no use for. */
const UNUSED: Readonly<Record<GuestFamily, readonly Option[]>> = {
  linux: [
    {
      given: ({ image }, lane) =>
        image === undefined ? lane.image && `image: "${lane.image}"` : `--image ${image}`,
      code: "image-unused",
      why: DIRECT_BOOT,
    },
    {
      given: ({ withModules }) => (withModules ? "--with-modules" : undefined),
      code: "option-unused",
      why: "only FreeBSD kernels have a folder that their modules are put into",
    },
    {
      given: (_, { kernels = {} }) => {
        const [name] =
          Object.entries(kernels).find(([, one]) => typeof one === "object" && one.modules) ?? [];
        return name === undefined ? undefined : `kernels.${name}.modules`;
      },
      code: "option-unused",
      why: "only FreeBSD kernels have a folder that their modules are put into",
    },
    {
      given: (_, { machine }) => machine?.firmware && `machine.firmware: "${machine.firmware}"`,
      code: "option-unused",
      why: DIRECT_BOOT,
    },
    {
      given: ({ root }, lane) =>
        root === undefined
          ? lane.root === undefined
            ? undefined
            : `root: ${JSON.stringify(lane.root)}`
          : `--root ${root}`,
      code: "option-unused",
      why: DIRECT_BOOT,
    },
    {
      given: (_, { probeAt }) => probeAt && `probeAt: "${probeAt}"`,
      code: "option-unused",
      why: "the agent is the first program of a Linux guest",
    },
    {
      given: (_, { boot }) => boot && `boot: "${boot}"`,
      code: "option-unused",
      why: DIRECT_BOOT,
    },
    {
      given: (_, { writableRoot }) =>
        writableRoot === undefined ? undefined : `writableRoot: ${writableRoot}`,
      code: "option-unused",
      why: "the root of a Linux guest is its initramfs, which can be written to",
    },
  ],
  freebsd: [
    {
      given: (_, { boot, machine }) =>
        boot === "direct" && machine?.firmware
          ? `machine.firmware: "${machine.firmware}"`
          : undefined,
      code: "option-unused",
      why: 'with `boot: "direct"` no firmware boots the disk',
    },
    {
      given: (_, { probeAt, writableRoot }) =>
        writableRoot === undefined || probeAt === undefined || probeAt === "init"
          ? undefined
          : `writableRoot: ${writableRoot}`,
      code: "option-unused",
      why: 'init(8) and rc(8) mount the root as fstab(5) says; only `probeAt: "init"` leaves it to the lane',
    },
    {
      given: (_, { commandLine }) => commandLine && `commandLine: "${commandLine}"`,
      code: "option-unused",
      why: "a FreeBSD kernel has no command line",
    },
  ],
};

/** @throws LaneError `image-unused`, `option-unused` (usage) */
export function refuseUnusedOptions({ name, lane }: NamedLane, options: RunOptions): void {
  for (const { given, code, why } of UNUSED[lane.guest]) {
    const written = given(options, lane);
    if (written === undefined || written === "") continue;
    throw new LaneError(code, `${written} has no effect in the lane "${name}": ${why}`);
  }
}
