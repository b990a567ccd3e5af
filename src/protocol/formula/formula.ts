/**
 * The small language in which a lane says what is expected of counters, and of the fields of a line:
 *
 *     RELATION = [SUM] COMPARISON SUM          = == != < <= > >= (≠ ≤ ≥)
 *     SUM      = PRODUCT (+|- PRODUCT)…
 *     PRODUCT  = FACTOR (*|× FACTOR)…
 *     FACTOR   = NUMBER | NAME | WORD ( NAME ) | - FACTOR | ( SUM )
 *     NAME     = proc_alloc_count, bucket_req_total[3], kern.twq.width, or anything between backticks: `Active(anon)`
 *
 * It is parsed once, where the lane is written, into plain data that survives JSON.
 */
import { stepError } from "../step-check.js";

export type Formula =
  | { readonly number: string }
  /** `of` is the word in front of the parentheses: `value`, or a column. */
  | { readonly name: string; readonly of?: string }
  | { readonly op: "+" | "-" | "*"; readonly left: Formula; readonly right: Formula };

const comparisons = ["==", "!=", "<=", ">=", "=", "<", ">"] as const;
const signs: Readonly<Record<string, Comparison>> = { "≠": "!=", "≤": "<=", "≥": ">=" };
export type Comparison = (typeof comparisons)[number];

/** `left` is absent where it is the counter's own change: `>= 1`. */
export interface Relation {
  readonly left?: Formula;
  readonly compare: Comparison;
  readonly right: Formula;
}

/**
 * A relation, or what a counter's change has to be: `>= 1`, `+2` (which is `= 2`).
 *
 * @param where begins the message of an error
 * @throws LaneError `formula-invalid` (usage), with the place
 * @example parseRelation("<= 1.5 × baseline + 1", "counters kern.twq.*: init_count")
 */
export function parseRelation(text: string, where: string): Relation {
  const reader = new Reader(text, where);
  if (text.trim() === "") throw reader.error("a relation such as >= 1");
  const begins = reader.comparison();
  if (begins !== undefined) return { compare: begins, right: whole(reader) };
  const left = sum(reader);
  const compare = reader.comparison();
  if (compare === undefined && reader.isAtEnd) return { compare: "=", right: left };
  if (compare === undefined) throw reader.error(`an operator, one of ${comparisons.join(" ")}`);
  return { left, compare, right: whole(reader) };
}

/** @throws LaneError `formula-invalid` (usage) */
export function parseFormula(text: string, where: string): Formula {
  return whole(new Reader(text, where));
}

/** What it names, each once. */
export function namesIn(formula: Formula): readonly Extract<Formula, { name: string }>[] {
  if ("number" in formula) return [];
  if ("name" in formula) return [formula];
  return [...namesIn(formula.left), ...namesIn(formula.right)];
}

function whole(reader: Reader): Formula {
  const formula = sum(reader);
  if (!reader.isAtEnd) throw reader.error("an operator or the end");
  return formula;
}

function sum(reader: Reader): Formula {
  let left = product(reader);
  for (let op = reader.take("+", "-", "−"); op !== undefined; op = reader.take("+", "-", "−")) {
    left = { op: op === "+" ? "+" : "-", left, right: product(reader) };
  }
  return left;
}

function product(reader: Reader): Formula {
  let left = factor(reader);
  while (reader.take("*", "×") !== undefined) left = { op: "*", left, right: factor(reader) };
  return left;
}

function factor(reader: Reader): Formula {
  if (reader.take("+") !== undefined) return factor(reader);
  if (reader.take("-", "−") !== undefined) {
    return { op: "-", left: { number: "0" }, right: factor(reader) };
  }
  if (reader.take("(") !== undefined) return closed(reader, sum(reader));
  const number = reader.match(/\d+(?:\.\d+)?(?![\w.[])/y);
  if (number !== undefined) return { number };
  const name = nameIn(reader);
  if (reader.take("(") === undefined) return { name };
  return closed(reader, { name: nameIn(reader), of: name });
}

function nameIn(reader: Reader): string {
  const quoted = reader.match(/`[^`]+`/y);
  if (quoted !== undefined) return quoted.slice(1, -1);
  const name = reader.match(/[A-Za-z_][\w.%]*(?:\[\d+\])?/y);
  if (name === undefined) throw reader.error("a number or a name");
  return name;
}

function closed(reader: Reader, formula: Formula): Formula {
  if (reader.take(")") === undefined) throw reader.error("a closing parenthesis");
  return formula;
}

class Reader {
  private at = 0;
  private readonly text: string;
  private readonly where: string;

  constructor(text: string, where: string) {
    this.text = text;
    this.where = where;
    this.skip();
  }

  get isAtEnd(): boolean {
    return this.at === this.text.length;
  }

  take(...words: readonly string[]): string | undefined {
    const word = words.find((one) => this.text.startsWith(one, this.at));
    if (word !== undefined) this.skip(word.length);
    return word;
  }

  comparison(): Comparison | undefined {
    const word = this.take(...Object.keys(signs), ...comparisons);
    return word === undefined ? undefined : (signs[word] ?? (word as Comparison));
  }

  /** @param pattern sticky */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found !== undefined) this.skip(found.length);
    return found;
  }

  error(expected: string) {
    const rest = this.text.slice(this.at, this.at + 20);
    const found = rest === "" ? "the end" : JSON.stringify(rest);
    const place = `${found} at character ${this.at + 1} of ${JSON.stringify(this.text)}`;
    return stepError("formula-invalid", this.where, place, [
      expected,
      "write `>= 1`, `+2`, `a == b` or `<= 1.5 × baseline + 1`; a name with other characters stands between backticks",
    ]);
  }

  private skip(count = 0): void {
    this.at += count;
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }
}
