/**
 * The file that a debugger of a dead kernel is given: proven to be of that build, and left where it is found.
 */
import { LaneError } from "../base/errors.js";
import { copyOwnSymbols } from "../guests/freebsd/own-symbols.js";
import { isInImage, kernelQuery, type ColumnKernel } from "./column-symbols.js";
import { symbolTools } from "./symbol-tools.js";

export interface DeadKernel extends ColumnKernel {
  /** Files and folders with symbols that were named. */
  readonly given: readonly string[];
  /** The guest's base image, and which partition has its root. */
  readonly image?: string | undefined;
  readonly root?: string | undefined;
  /** The column's folder: the symbols of an image's own kernel are copied into it. */
  readonly folder: string;
}

export interface DebuggerSymbols {
  /** Absent where there are none. */
  readonly path?: string;
  /** What is to be said of them, or of there being none, as sentences. */
  readonly notices: readonly string[];
}

/** Never rejects for what is wrong with symbols: a debugger is of use without them, too. */
export async function debuggerSymbols(dead: DeadKernel): Promise<DebuggerSymbols> {
  try {
    return await find(dead);
  } catch (error) {
    if (!(error instanceof LaneError)) throw error;
    return { notices: [`no symbols of the kernel: ${error.message}`] };
  }
}

async function find({ given, ...dead }: DeadKernel): Promise<DebuggerSymbols> {
  const { image } = dead;
  if (isInImage(dead) && image !== undefined && given.length === 0)
    return fromImage({ ...dead, image });
  const { kernel, passedOver, lookedFor } = await symbolTools.find({
    ...kernelQuery(dead),
    given,
  });
  if (kernel !== undefined) return { path: kernel.path, notices: passedOver };
  return { notices: [...passedOver, nothingIn(lookedFor)] };
}

function fromImage({
  file,
  folder,
  image,
  root,
}: Omit<DeadKernel, "given"> & { readonly image: string }): DebuggerSymbols {
  const own = copyOwnSymbols({ image, root, kernel: file.path, folder });
  const others = own.otherBuilds.map((one) => `${one} is of another build and not used`);
  if (own.path === undefined) return { notices: [...others, nothingIn(own.lookedFor)] };
  const names = own.hasLines ? [] : [`${own.path} has names only, no lines`];
  return { path: own.path, notices: [...others, ...names] };
}

function nothingIn(lookedFor: readonly string[]): string {
  return `no file with the kernel's symbols: found none of ${lookedFor.join(", ")}`;
}
