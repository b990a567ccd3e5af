/**
 * Every error that kernlane throws: its code, who must act, when it is thrown, and what to do. `docs/errors.md` is made from this
 * table (`npm run docs`), and a test says so.
 */
import { commandLineErrors } from "./command-line.js";
import { probesErrors } from "./probes.js";
import { liveGuestsErrors } from "./live-guests.js";
import { scenesErrors } from "./scenes.js";
import { vitestErrors } from "./vitest.js";
import { structsErrors } from "./structs.js";
import { filesErrors } from "./files.js";
import { symbolsErrors } from "./symbols.js";
import { networkErrors } from "./network.js";
import { sourceTreesErrors } from "./source-trees.js";
import { hostErrors } from "./host.js";
import type { ErrorKind } from "./error-kind.js";

/** The catalogue by section of `docs/errors.md`. */
export const errorSections = [
  { title: "The command line and the config", codes: commandLineErrors },
  { title: "Probes", codes: probesErrors },
  { title: "Live guests", codes: liveGuestsErrors },
  { title: "Dumps and frozen guests", codes: scenesErrors },
  { title: "Tests with a guest (`kernlane/vitest`)", codes: vitestErrors },
  { title: "Structs", codes: structsErrors },
  { title: "Kernels, programs, images", codes: filesErrors },
  { title: "Symbols of kernels", codes: symbolsErrors },
  { title: "Images from the network", codes: networkErrors },
  { title: "FreeBSD source trees", codes: sourceTreesErrors },
  { title: "This host", codes: hostErrors },
] as const;

const catalogue = {
  ...commandLineErrors,
  ...probesErrors,
  ...liveGuestsErrors,
  ...scenesErrors,
  ...vitestErrors,
  ...structsErrors,
  ...filesErrors,
  ...symbolsErrors,
  ...networkErrors,
  ...sourceTreesErrors,
  ...hostErrors,
};

/** Stable and kebab-case; scripts may match on it. */
export type ErrorCode = keyof typeof catalogue;

export const errorCatalogue: Readonly<Record<ErrorCode, ErrorKind>> = catalogue;
