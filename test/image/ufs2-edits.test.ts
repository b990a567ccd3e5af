import fc from "fast-check";
import { expect, test } from "vitest";
import { openFileSource } from "../../src/disk/file-source.js";
import type { Edit } from "../../src/disk/edits.js";
import { checkFileSystem } from "./ufs2-check/check.js";
import type { FileChange } from "../../src/disk/ufs2/file-change.js";
import { planFiles } from "../../src/disk/ufs2/plan.js";
import {
  anyChange,
  changeModel,
  copyOf,
  filesOf,
  isPossible,
  modelOf,
  openEdited,
  summaryOf,
  type Model,
} from "./model.js";
import { applyEdits, grubComplaint, makefsImage } from "./tools.js";
import { unpackFixture } from "./unpack.js";

const IMAGES: readonly (readonly [name: string, path: () => string, device: string])[] = [
  [
    "newfs, soft updates and journal, 32 KiB blocks",
    () => unpackFixture("newfs-suj-gpt"),
    "(loop0,gpt3)",
  ],
  ["newfs, plain, 8 KiB blocks", () => unpackFixture("newfs-8k-plain"), "(loop0)"],
  ...(
    [
      [4096, 512],
      [8192, 4096],
      [16384, 2048],
      [32768, 4096],
      [32768, 32768],
      [65536, 8192],
    ] as const
  ).map(([blockBytes, fragmentBytes]) => {
    const name = `makefs, ${blockBytes}/${fragmentBytes}`;
    return [name, () => makefsImage({ blockBytes, fragmentBytes }), "(loop0)"] as const;
  }),
];

test.each(IMAGES)(
  "%s: any sequence of changes leaves what the model has, and a sound file system",
  (...image) => {
    const [, path, device] = image;
    const imagePath = path();
    using disk = openFileSource(imagePath);
    const base = openEdited(disk);
    const changes = fc.array(anyChange(base), { minLength: 1, maxLength: 12 });
    const original = modelOf(base);
    let run = 0;
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 4 }), (plans) => {
        const model = copyOf(original);
        let edits: readonly Edit[] = [];
        for (const [index, plan] of plans.entries()) {
          const fs = openEdited(disk, edits);
          const possible = plan.filter((change) => accepts(model, change));
          edits = [...edits, ...planFiles(fs, possible, { timeSeconds: 1_800_000_000 + index })];
          expect(checkFileSystem(openEdited(disk, edits))).toEqual([]);
        }
        expect(summaryOf(modelOf(openEdited(disk, edits)))).toEqual(summaryOf(model));
        // Starting grub and copying the image costs more than everything above.
        run += 1;
        if (run % 5 === 1)
          expect(grubComplaint(applyEdits(imagePath, edits), device, filesOf(model))).toBe("");
      }),
      { numRuns: 11, seed: 20, endOnFailure: true },
    );
  },
);

/** Makes a change to the model when it is possible, and says whether it was. */
function accepts(model: Model, change: FileChange): boolean {
  if (!isPossible(model, change)) return false;
  changeModel(model, change);
  return true;
}
