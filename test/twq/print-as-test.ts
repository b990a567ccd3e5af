/** A sequence of commands as a test against the live API, with what the model says as expectations. */
import {
  DISPATCH_VERSION,
  operations,
  OVERCOMMIT,
  qos,
  SPI_VERSION,
  THREAD_ENTER,
  THREAD_RETURN,
} from "../../lanes/twq/abi.js";
import {
  structures,
  type PassedStructure,
  type TwqCall,
  type TwqCommand,
} from "../../lanes/twq/command.js";
import { runModel, startState, type TwqAnswer } from "../../lanes/twq/model.js";
import { noCounts } from "../../lanes/twq/stats.js";
import type { Disagreement } from "./play.js";

/**
 * @param width processors of the guest, which REQTHREADS and SHOULD_NARROW go by
 * @param disagreement is said in a comment, where it was seen
 * @returns the text of a whole test file for a project's `test/` folder; its last lines compare the counters
 */
export function printAsTest(
  commands: readonly TwqCommand[],
  width: number,
  disagreement?: Disagreement,
): string {
  const { answers } = runModel(startState({ width, counters: noCounts }), commands);
  const cast: Cast = { present: new Map(), made: new Map() };
  const remark = disagreement ? [`// ${disagreement.text}`] : [];
  const body = commands.flatMap((command, index) => {
    const lines = printCommand(command, answers[index], cast);
    return index === disagreement?.index ? lines.toSpliced(-1, 0, ...remark) : lines;
  });
  const ends = [...cast.present]
    .filter(([name]) => !name.includes("/"))
    .map(([, variable]) => `await ${variable}.exit();`);
  const live = "liveRecords((await readTwqStats(guest)).counters)";
  const lines = [
    `const before = ${live};`,
    ...body,
    ...ends,
    ...(disagreement?.index === undefined ? remark : []),
    `expect(${live}).toEqual(before);`,
  ];
  return [
    ...importLines(body.join("\n")),
    "",
    'test("the kernel keeps to the contract", async ({ guest }) => {',
    ...lines.map((line) => `  ${line}`),
    "});",
    "",
  ].join("\n");
}

function importLines(body: string): readonly string[] {
  const constants = ["TWQ_KERNRETURN", ...Object.keys(versions), "OVERCOMMIT", "qos"];
  const names = [...constants, ...Object.keys(operations), ...Object.keys(structures)].filter(
    (name) => new RegExp(`\\b${name}\\b`).test(body),
  );
  return [
    'import { expect, test } from "kernlane/vitest";',
    `import { ${names.join(", ")} } from "../lanes/twq/abi.js";`,
    'import { liveRecords } from "../lanes/twq/model.js";',
    'import { readTwqStats } from "./twq/read-stats.js";',
  ];
}

const versions = { SPI_VERSION, DISPATCH_VERSION };

/** The variables of the printed test: one for each process and thread, and a new one when it is made again. */
interface Cast {
  /** By `process` or `process/thread`: who is there. */
  readonly present: Map<string, string>;
  /** How often each has been made. */
  readonly made: Map<string, number>;
}

function printCommand(command: TwqCommand, answer: TwqAnswer, cast: Cast): readonly string[] {
  const { process } = command;
  if (command.kind === "call" || command.kind === "exit-thread") {
    const thread = command.thread === "main" ? process : `${process}/${command.thread}`;
    const lines = [...bring(process, cast), ...bring(thread, cast)];
    const actor = cast.present.get(thread)!;
    if (command.kind === "call") return [...lines, printCall(actor, command, answer)];
    cast.present.delete(thread);
    return [...lines, `await ${actor}.exit();`];
  }
  const lines = bring(process, cast);
  const actor = cast.present.get(process)!;
  for (const name of [...cast.present.keys()]) {
    if (name.startsWith(`${process}/`)) cast.present.delete(name);
  }
  if (command.kind !== "exec") cast.present.delete(process);
  return [...lines, `await ${actor}.${command.kind}();`];
}

/** The line that makes a process or thread which does not exist. */
function bring(name: string, { present, made }: Cast): readonly string[] {
  if (present.has(name)) return [];
  const times = (made.get(name) ?? 0) + 1;
  made.set(name, times);
  const [process = "", thread] = name.split("/");
  const variable = `${process}${thread === undefined ? "" : `_${thread}`}${times > 1 ? `_again${times}` : ""}`;
  present.set(name, variable);
  const maker = thread === undefined ? "guest.process()" : `${present.get(process)!}.thread()`;
  return [`const ${variable} = await ${maker};`];
}

function printCall(actor: string, call: TwqCall, answer: TwqAnswer): string {
  const { op, arg2, arg4, forked } = call;
  const args = [
    "TWQ_KERNRETURN",
    nameOf(operations, op) ?? printNumber(op),
    typeof arg2 === "object" ? printStructure(arg2) : printNumber(arg2),
    printThird(call),
    printNumber(arg4),
    ...(forked ? ["{ fork: true }"] : []),
  ];
  const matcher =
    typeof answer === "number" ? `toSucceedWith(${answer})` : `toFailWith("${answer ?? ""}")`;
  return `expect(await ${actor}.syscall(${args.join(", ")})).${matcher};`;
}

/** The size of a structure, a priority, or a number. */
function printThird({ op, arg2, arg3 }: TwqCall): string {
  if (typeof arg2 === "object" && arg3 === structures[arg2.structure].size)
    return `${arg2.structure}.size`;
  return op === THREAD_ENTER || op === THREAD_RETURN ? printPriority(arg3) : printNumber(arg3);
}

function printStructure({ structure, value }: PassedStructure): string {
  const fields = Object.entries(value).map(
    ([name, field]) => `${name}: ${printField(name, field)}`,
  );
  return `${structure}({ ${fields.join(", ")} })`;
}

function printField(name: string, value: number | bigint): string {
  if (/priority$/i.test(name)) return printPriority(value);
  if (name !== "version") return printNumber(value);
  return nameOf(versions, value) ?? printNumber(value);
}

/** `qos.utility + OVERCOMMIT`, where it is that and no more. */
function printPriority(value: number | bigint): string {
  if (typeof value === "bigint") return printNumber(value);
  const name = nameOf(qos, value);
  if (name !== undefined) return `qos.${name}`;
  const more = nameOf(qos, value - OVERCOMMIT);
  return more === undefined ? printNumber(value) : `qos.${more} + OVERCOMMIT`;
}

function nameOf(
  names: Readonly<Record<string, number>>,
  value: number | bigint,
): string | undefined {
  return Object.keys(names).find((name) => names[name] === value);
}

function printNumber(value: number | bigint): string {
  if (typeof value === "number") return value > 9999 ? `0x${value.toString(16)}` : String(value);
  return value < 0n ? `${value}n` : `0x${value.toString(16)}n`;
}
