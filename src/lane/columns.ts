/**
 * Which kernels a run boots: each is a column of its table.
 */
import { resolve } from "node:path";
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import { findKernelInObjdir } from "../guests/freebsd/source-tree/objdir.js";
import type { KernelConfig, LaneConfig } from "./lane.js";
import type { NamedLane, RunOptions } from "./request.js";

export interface ColumnRequest {
  readonly kernel: string;
  /** Absolute, or `auto`. */
  readonly file: string;
  readonly ident?: string;
  readonly modules: boolean;
  /** Absolute, as is the tree. */
  readonly symbols?: string;
  readonly sources?: string;
}

/** The column of the kernel that nobody changed. */
const STOCK = "stock";

/**
 * The columns of a run, in order. FreeBSD guests always have `stock`, the image's own kernel, as their first.
 *
 * @throws LaneError (usage) `lane-without-kernels`, `bad-kernel-name`, `stock-is-the-image`, `unknown-column`, and those of
 *   `findKernelInObjdir`
 */
export function columnsOf(
  { name, lane, folder }: NamedLane,
  options: RunOptions,
): readonly ColumnRequest[] {
  const asked: Readonly<Record<string, string | KernelConfig>> = options.kernels ??
    lane.kernels ?? { [STOCK]: "auto" };
  const named = lane.guest === "freebsd" ? { [STOCK]: "auto", ...asked } : asked;
  const names = Object.keys(named);
  if (names.length === 0) throw withoutKernels(name);
  if (options.only !== undefined && !names.includes(options.only))
    throw unknownColumn(options.only, names);
  const base = options.kernels ? "." : folder;
  return names
    .filter((kernel) => options.only === undefined || kernel === options.only)
    .map((kernel) => {
      const { ident, modules, symbols, sources, ...place } = kernelOf(kernel, named[kernel]!, lane);
      if (lane.guest === "freebsd" && kernel === STOCK) requireTheImages(place);
      return {
        kernel: checkedKernelName(kernel),
        file: fileOf(kernel, place, base),
        ...(ident === undefined ? {} : { ident }),
        modules: options.withModules ?? modules ?? false,
        ...(symbols === undefined ? {} : { symbols: resolve(folder, symbols) }),
        ...(sources === undefined ? {} : { sources: resolve(folder, sources) }),
      };
    });
}

/**
 * The one column that is meant where only one can be: the lane's only kernel besides `stock`, else `stock`.
 *
 * @throws LaneError `kernel-ambiguous` (usage)
 */
export function theKernelOf({ name, lane }: NamedLane, { kernels }: RunOptions): string {
  const names = Object.keys(kernels ?? lane.kernels ?? {}).filter((one) => one !== STOCK);
  if (names.length <= 1) return names[0] ?? STOCK;
  throw new LaneError(
    "kernel-ambiguous",
    `one kernel is wanted, and the lane "${name}" has ${names.length}: ${names.join(", ")}`,
    { hint: "give one: --kernel NAME=FILE" },
  );
}

/** What the config demands of a column also binds a file that the command line puts in its place. */
function kernelOf(name: string, given: string | KernelConfig, lane: LaneConfig): KernelConfig {
  const configured = lane.kernels?.[name];
  const { ident, modules, sources } = typeof configured === "object" ? configured : {};
  const demanded = {
    ...(ident === undefined ? {} : { ident }),
    ...(modules === undefined ? {} : { modules }),
    ...(sources === undefined ? {} : { sources }),
  };
  return { ...demanded, ...(typeof given === "string" ? { file: given } : given) };
}

type KernelPlace = { readonly file: string } | { readonly objdir: string; readonly conf?: string };

function fileOf(kernel: string, place: KernelPlace, base: string): string {
  if ("objdir" in place) {
    const { objdir, conf = kernel } = place;
    return findKernelInObjdir({ objdirPrefix: resolve(base, objdir), conf });
  }
  return place.file === "auto" ? place.file : resolve(base, place.file);
}

/** A column's name is also a folder's. */
function checkedKernelName(name: string): string {
  const reserved = name === "step" || name.endsWith(".json");
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(name) && !reserved) return name;
  const expected = reserved
    ? 'a name other than "step" that does not end in ".json"'
    : "a letter or digit, then up to 63 letters, digits, dots, dashes and underscores";
  throw new LaneError("bad-kernel-name", `found the kernel name "${name}", expected ${expected}`);
}

function withoutKernels(lane: string): LaneError {
  return new LaneError(
    "lane-without-kernels",
    `the lane "${lane}" has no kernels: found {}, expected at least one`,
  );
}

function unknownColumn(name: string, known: readonly string[]): LaneError {
  const nearest = nearestName(name, known);
  return new LaneError(
    "unknown-column",
    `the lane has no kernel "${name}"; it has ${known.join(", ")}`,
    {
      hint:
        nearest === undefined
          ? "give its file: kernels: { NAME: FILE }"
          : `did you mean ${nearest}?`,
    },
  );
}

function requireTheImages(place: KernelPlace): void {
  const found = "file" in place ? place.file : place.objdir;
  if (found === "auto") return;
  throw new LaneError(
    "stock-is-the-image",
    `found the kernel ${STOCK}=${found}, but ${STOCK} is always the image's own /boot/kernel`,
  );
}
