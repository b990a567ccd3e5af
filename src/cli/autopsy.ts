/**
 * `kernlane autopsy`: a guest whose kernel died, brought back as it stood, for a debugger.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import type { KernelFile } from "../guests/guest.js";
import type { Autopsy } from "../report/autopsy-text.js";
import type { FrozenColumn } from "../run/frozen/find.js";
import { catchInterrupts } from "./interrupts.js";
import { symbolsOption } from "./options.js";
import { note, print } from "./output.js";

interface Flags {
  readonly symbols?: readonly string[];
}

const NOTES = `
The guest was kept by \`kernlane run --freeze\` (or \`freeze: true\` in the lane), under QEMU. It stands still: its processors, memory and devices
are as they were when its kernel died. Ctrl-C ends the machine and leaves what was kept, for the next time.
`;

export function autopsyCommand(): Command {
  return new Command("autopsy")
    .description(
      "bring back a guest whose kernel died, stopped at its death, with a debugger's stub",
    )
    .argument("<run>", "a run's name, or the path of its folder or of a column's")
    .argument("[kernel]", "which of the run's kernels (default: the one that has kept a guest)")
    .addOption(symbolsOption())
    .addHelpText("after", NOTES)
    .action(autopsy);
}

/** Status 0: what becomes of a dead guest is no failure. */
async function autopsy(name: string, kernel: string | undefined, flags: Flags): Promise<void> {
  const { judgeFolder } = await import("../run/judge-folder.js");
  const { findFrozen } = await import("../run/frozen/find.js");
  const { performAutopsy } = await import("../run/frozen/autopsy.js");
  const { sweepLedger } = await import("../host/ledger.js");
  const { openConsoleText } = await import("../console/console-text.js");
  const { formatAutopsy } = await import("../report/autopsy-text.js");
  const found = findFrozen(judgeFolder(await folderOf(name)).columns, kernel);
  const { column, frozen } = found;
  const symbols = await symbolsOf(found, flags.symbols);
  for (const sentence of await sweepLedger()) note(sentence);
  using interrupts = catchInterrupts();
  const text = openConsoleText();
  const end = await performAutopsy(
    frozen,
    {
      ready: (port) => {
        const { guest, frozenAt } = frozen.description;
        const lines = formatAutopsy({ column, guest, frozenAt, port, ...symbols });
        print(lines.map((line) => `${line}\n`).join(""));
      },
      console: (bytes) => print(text.push(bytes)),
    },
    interrupts.signal,
  );
  print(text.end());
  const { signal } = interrupts;
  note(signal.aborted ? "\nended; the guest stays frozen" : `the machine ended: ${end.detail}`);
}

/** A run's name, or a path: of a run, or of a column of one. */
async function folderOf(name: string): Promise<string> {
  const { findRun, refuseRunInProgress } = await import("../run/kept-runs.js");
  const { defaultRunsFolder } = await import("../host/paths.js");
  const path = resolve(name);
  const isColumn = /[/\\]/.test(name) && existsSync(join(path, "events.jsonl"));
  const folder = isColumn ? path : (await findRun(defaultRunsFolder(), name)).path;
  await refuseRunInProgress(folder);
  return folder;
}

async function symbolsOf(
  { column, frozen }: FrozenColumn,
  named: readonly string[] | undefined,
): Promise<Pick<Autopsy, "symbols" | "notices">> {
  const { debuggerSymbols } = await import("../run/debugger-symbols.js");
  const { guest, kernel, symbols, image, root } = frozen.description;
  const { path, notices } = await debuggerSymbols({
    ...{ guest, file: kernel as KernelFile, image, root },
    given: named ?? symbols.filter((one) => existsSync(one)),
    folder: column.folder,
  });
  return { symbols: path, notices };
}
