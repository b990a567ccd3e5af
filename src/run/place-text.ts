/** Places in the source as people read them. */
import type { SourceExcerpt, SourcePlace } from "../symbols/symbols.js";

/** The folders at the top of both kernels' trees: what is in front of them says where somebody built. */
const TOP =
  /^.*?\/(?=(?:sys|arch|block|certs|crypto|drivers|fs|init|io_uring|ipc|kernel|lib|mm|net|rust|samples|security|sound|virt)\/)/;
/** Headers are named from where they are: `include/` is also a folder of the host's. */
const HEADER = /^.*?\/(?=include\/(?:linux|asm-generic|net|uapi|trace|kunit|crypto|sound)\/)/;

/**
 * `file:line`, and which calls were inlined there. A file is named from the top of the kernel's tree, where it is in one.
 *
 * @param places innermost first
 * @example placeText(places) // "twq_find kernel/twq/state.c:57 (inlined by twq_enter kernel/twq/state.c:90)"
 */
export function placeText(places: readonly SourcePlace[]): string {
  const [inner, ...callers] = places;
  if (inner === undefined) return "";
  if (callers.length === 0) return whereText(inner);
  const by = callers.map((one) => `${one.function} ${whereText(one)}`).join(", ");
  return `${inner.function} ${whereText(inner)} (inlined by ${by})`;
}

function whereText({ file, line }: SourcePlace): string {
  return `${file.replace(TOP, "").replace(HEADER, "")}:${line}`;
}

/** The lines with their numbers, the one that is meant marked. */
export function excerptText({ firstLine, lines }: SourceExcerpt, marked: number): string[] {
  const width = String(firstLine + lines.length - 1).length;
  return lines.map((text, index) => {
    const number = firstLine + index;
    return `${number === marked ? ">" : " "} ${String(number).padStart(width)}  ${text}`;
  });
}
