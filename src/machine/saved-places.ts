import { join } from "node:path";
import type { SavedMachine } from "./machine.js";

/** Where the parts of a saved machine with so many disks go in a folder. */
export function placesIn(folder: string, diskCount: number): SavedMachine {
  return {
    memory: join(folder, "memory"),
    state: join(folder, "state"),
    disks: Array.from({ length: diskCount }, (_, index) => join(folder, `disk-${index}`)),
  };
}
