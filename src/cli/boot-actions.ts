/**
 * What `kernlane boot` does, apart from its command line: loaded only when it is asked for.
 */
import { parseMemoryMiB } from "../base/units.js";
import { openConsoleText } from "../console/console-text.js";
import { bootImage } from "../run/boot-image.js";
import type { BootFlags } from "./boot.js";
import { INTERRUPTED_STATUS } from "./exit-status.js";
import { catchInterrupts } from "./interrupts.js";

/** Status 0 for a guest that powered off, 1 for any other end. */
export async function bootAndShow(image: string, { memory, ...flags }: BootFlags): Promise<void> {
  const memoryMiB = parseMemoryMiB(memory, "--memory");
  const tell = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  using interrupts = catchInterrupts(() =>
    tell("\ninterrupted: ending the guest; again to leave at once"),
  );
  const text = openConsoleText();
  const end = await bootImage(
    { image, ...flags, memoryMiB },
    { console: (bytes) => void process.stdout.write(text.push(bytes)), notice: tell },
    interrupts.signal,
  );
  process.stdout.write(text.end());
  tell(`machine ${end.how}: ${end.detail}`);
  if (interrupts.signal.aborted) process.exitCode = INTERRUPTED_STATUS;
  else process.exitCode = end.how === "powered-off" ? 0 : 1;
}
