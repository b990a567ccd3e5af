/**
 * The source lines of a column that has ended: each frame of its reports and of its evidence gets its places. Events keep frames as
 * they were printed, so that this can be done later and elsewhere. Whatever is in the way is a notice; a verdict does not wait for it.
 */
import type { GuestFamily } from "../base/family.js";
import { messageOf } from "../base/errors.js";
import { markTables } from "../console/mark-tables.js";
import { guiltyFunction, titleName } from "../console/guilty.js";
import { parseFrame, type Frame } from "../console/stack.js";
import type {
  ResolvedFrame,
  SourceExcerpt,
  SourcePlace,
  Symbolizer,
  SymbolQuery,
  Symbols,
} from "../symbols/symbols.js";
import type { History } from "./history.js";
import { excerptText, placeText } from "./place-text.js";
import type { FindingRecord } from "./finding-record.js";
import type { ColumnRecord } from "./record.js";

export interface SourceRequest extends SymbolQuery {
  /** The source tree, where it is not where the compiler had it. */
  readonly sources?: string | undefined;
}

/** What resolves frames; tests have their own. */
export interface SymbolTools {
  readonly find: (query: SymbolQuery) => Promise<Symbols>;
  readonly open: (symbols: Symbols) => Promise<Symbolizer>;
  readonly excerpt: (place: SourcePlace, tree?: string) => SourceExcerpt | undefined;
}

/** Of a column: a lane whose kernel warns without an end has as many reports as it likes. */
const MAX_FRAMES = 1000;
/** For all of a column; a file of symbols that was never read takes some seconds. */
const DEADLINE_MS = 30_000;

/**
 * Never rejects.
 *
 * @param seen what the record was made of
 */
export async function addSourceLines(
  record: ColumnRecord,
  seen: History,
  request: SourceRequest,
  tools: SymbolTools,
  deadlineMs = DEADLINE_MS,
): Promise<ColumnRecord> {
  const frames = framesOf(record, seen);
  if (frames.size === 0) return record;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    const said = `no source lines: they were not found within ${deadlineMs / 1000} s`;
    timer = setTimeout(() => resolve({ notices: [said] }), deadlineMs);
  });
  const answer = await Promise.race([late, ask([...frames.values()], request, tools)]);
  clearTimeout(timer);
  const { notices, symbols = null, resolved = [] } = answer;
  const places = new Map([...frames.keys()].map((key, index) => [key, resolved[index]!] as const));
  const told = { ...record, symbols, notices: [...record.notices, ...notices] };
  if (resolved.length === 0) return told;
  return withPlaces(told, seen, places, {
    excerptOf: (place) => tools.excerpt(place, request.sources),
    // Where the tree lies is more to a reader than where somebody built it.
    shownAs: (place) =>
      request.sources === undefined ? undefined : tools.excerpt(place, request.sources)?.path,
  });
}

interface Answer {
  readonly notices: readonly string[];
  readonly symbols?: ColumnRecord["symbols"];
  readonly resolved?: readonly ResolvedFrame[];
}

async function ask(
  frames: readonly Frame[],
  request: SourceRequest,
  tools: SymbolTools,
): Promise<Answer> {
  try {
    const symbols = await tools.find(request);
    const passedOver = symbols.passedOver.map((one) => `not used for source lines: ${one}`);
    const isGiven = (request.given ?? []).length > 0;
    const { kernel } = symbols;
    const file = kernel ? { path: kernel.path, provenBy: kernel.provenBy } : null;
    const told = { notices: passedOver, symbols: { buildId: symbols.proof.buildId ?? null, file } };
    if (kernel === undefined && !isGiven) return told;
    await using symbolizer = await tools.open(symbols);
    const resolved = await symbolizer.resolve(frames);
    return { ...told, resolved };
  } catch (error) {
    return { notices: [`no source lines: ${messageOf(error)}`] };
  }
}

export type ResolvedPlaces = Pick<ResolvedFrame, "places" | "problem">;
type Places = ReadonlyMap<string, ResolvedPlaces>;

/** Each once, by what {@link keyOf} tells apart: of the reports first, which know best. */
function framesOf(record: ColumnRecord, seen: History): ReadonlyMap<string, Frame> {
  const frames = new Map<string, Frame>();
  const add = (frame: Frame): void => {
    const key = keyOf(frame);
    if (frames.size < MAX_FRAMES && !frames.has(key)) frames.set(key, frame);
  };
  for (const report of seen.reports) report.frames.forEach(add);
  for (const { frame } of evidenceFrames(record.evidence, seen)) if (frame) add(frame);
  return frames;
}

/** What tells two frames apart. */
export function keyOf({ function: name, symbol = name, ...frame }: Frame): string {
  const { module = "", offsetBytes = "", sizeBytes = "", isExact = "" } = frame;
  return [module, symbol, offsetBytes, sizeBytes, isExact].join(" ");
}

/** The lines of evidence with the frames that they are; they are as the console had them, some indented. */
function evidenceFrames(
  evidence: readonly string[],
  { started, reports }: History,
): readonly { readonly line: string; readonly frame: Frame | undefined }[] {
  const { prefix } = markTables[started.guest];
  const texts = evidence.map((line) => {
    const text = line.replace(/^ {2}(?=\S)/, "");
    const found = prefix?.exec(text);
    return found ? text.slice(found[0].length) : text;
  });
  const trapped = reports.flatMap(({ frames }) => frames.filter((one) => one.isExact === true));
  return evidence.map((line, index) => {
    const text = texts[index]!;
    const address = COUNTER.exec(text)?.[1];
    const frame =
      address === undefined
        ? parseFrame(text, texts[index - 1])
        : trapped.find((one) => one.address === address);
    return { line, frame };
  });
}

/** FreeBSD's registers name no function; whoever read the console looked it up. */
const COUNTER = /^(?:instruction pointer\s{1,8}=|rip\b| ?elr:).{0,16}?\b(0x[0-9a-f]{8,16})\b/;

export interface SourceTree {
  readonly excerptOf: (place: SourcePlace) => SourceExcerpt | undefined;
  /** The path that a place is shown with, if not the compiler's. */
  readonly shownAs?: (place: SourcePlace) => string | undefined;
}

/** The record with the places of its frames, by {@link keyOf}. */
export function withPlaces(
  record: ColumnRecord,
  seen: History,
  places: Places,
  { excerptOf, shownAs }: SourceTree,
): ColumnRecord {
  const { guest } = seen.started;
  const guilty = new Map<string, Source>();
  const findings = record.findings.map((finding, index): FindingRecord => {
    const { frames = [] } = seen.reports[index] ?? {};
    const backtrace = finding.backtrace.map((one, at) => {
      const { places: found = [], problem } = places.get(keyOf(frames[at]!)) ?? {};
      return { ...one, places: found, ...(problem === undefined ? {} : { problem }) };
    });
    const frame = guiltyFrame(finding.title, frames, guest);
    const [place] = (frame && places.get(keyOf(frame))?.places) ?? [];
    const excerpt = place && excerptOf(place);
    if (!frame || !excerpt) return { ...finding, backtrace };
    const source = { ...excerpt, line: place.line };
    guilty.set(keyOf(frame), source);
    return { ...finding, backtrace, source };
  });
  const evidence = evidenceFrames(record.evidence, seen).flatMap(({ line, frame }) => {
    const key = frame && keyOf(frame);
    const all = (key === undefined ? undefined : places.get(key)?.places) ?? [];
    // What only lay on the stack was perhaps never called: where it is will do.
    const found = frame?.reliable ? all : all.slice(0, 1);
    const text = placeText(found.map((one) => ({ ...one, file: shownAs?.(one) ?? one.file })));
    if (key === undefined || text === "") return [line];
    const source = guilty.get(key);
    // Once: a function may be in the trace several times.
    guilty.delete(key);
    return [`${line}  ${text}`, ...(source ? excerptText(source, source.line).map(indented) : [])];
  });
  return { ...record, findings, evidence };
}

type Source = NonNullable<FindingRecord["source"]>;

const indented = (line: string): string => `      ${line}`;

/** The frame that the title names, else the first one whose function does not only report. */
function guiltyFrame(
  title: string,
  frames: readonly Frame[],
  family: GuestFamily,
): Frame | undefined {
  const table = markTables[family];
  const words = new Set(title.split(/[^\w.$]+/));
  // "panic" is a word of titles, too.
  const isNamed = (name: string): boolean => words.has(name) && !table.reporters.test(name);
  const named = frames.find((one) => one.reliable && isNamed(titleName(one.function)));
  if (named) return named;
  const guilty = guiltyFunction(frames, table);
  return frames.find((one) => one.reliable && titleName(one.function) === guilty);
}
