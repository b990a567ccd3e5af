/**
 * llvm-symbolizer, kept open for one file: it reads an address a line and answers with JSON, a line each.
 *
 * Source: LLVM, `docs/CommandGuide/llvm-symbolizer.rst`, `--output-style=JSON` (13 and later).
 *
 *     {"Address":"0x…","ModuleName":"vmlinux","Symbol":[{"FunctionName":"f","FileName":"/src/a.c","Line":7,"Column":2,…}, …]}
 *     {"Address":"0x…","ModuleName":"vmlinux","Error":{"Message":"No such file or directory"}}
 */
import { createInterface } from "node:readline";
import { messageOf } from "../base/errors.js";
import { startFairTimer } from "../host/fair-timer.js";
import { parseJson } from "../host/json-file.js";
import { startProcess, type RunningProcess } from "../host/process.js";
import { placeOf, ReaderTrouble, withoutServers, type AddressReader } from "./address-reader.js";
import type { SourcePlace } from "./symbols.js";

const MAX_LINE_BYTES = 1024 * 1024;
const KEPT_STDERR_BYTES = 4096;

/** Started by the first question, and not again once it has failed. */
export function openLlvmSymbolizer(
  program: string,
  file: string,
  deadlineMs: number,
): AddressReader {
  let dialogue: Promise<Dialogue> | undefined;
  return {
    async read(addresses) {
      try {
        const { ask } = await (dialogue ??= startDialogue(program, file, deadlineMs));
        return (await ask(addresses)).map(placesIn);
      } catch (error) {
        throw error instanceof ReaderTrouble ? error : new ReaderTrouble(messageOf(error));
      }
    },
    async [Symbol.asyncDispose]() {
      await (await dialogue?.catch(() => undefined))?.child[Symbol.asyncDispose]();
    },
  };
}

interface Dialogue {
  readonly child: RunningProcess;
  readonly ask: (addresses: readonly bigint[]) => Promise<readonly string[]>;
}

async function startDialogue(program: string, file: string, deadlineMs: number): Promise<Dialogue> {
  const argv = [program, "--output-style=JSON", "--inlines", `--obj=${file}`];
  const child = await startProcess({ argv, input: true, env: withoutServers() });
  const answers = boundedLines(child);
  const stderr = firstLineOf(child);
  const died = child.exited.then(({ code, signal }) => {
    const how = signal === undefined ? `with status ${code}` : `by ${signal}`;
    return new ReaderTrouble(`${program} ended ${how}${stderr()}`);
  });
  return {
    child,
    async ask(addresses) {
      child.stdin!.write(addresses.map((address) => `0x${address.toString(16)}\n`).join(""));
      const lines: string[] = [];
      let stop = (): void => undefined;
      const late = new Promise<ReaderTrouble>((resolve) => {
        const timer = startFairTimer(deadlineMs, () => {
          child.kill("SIGKILL");
          resolve(new ReaderTrouble(`${program} did not answer within ${deadlineMs / 1000} s`));
        });
        stop = timer.stop;
      });
      try {
        while (lines.length < addresses.length) {
          const next = await Promise.race([answers.next(), late, died]);
          if (next instanceof ReaderTrouble) throw next;
          // The end of its output is the end of the program, which says how it ended.
          if (next.done === true) throw await Promise.race([died, late]);
          lines.push(next.value);
        }
      } finally {
        stop();
      }
      return lines;
    },
  };
}

/** A line without an end would fill the memory: the program that writes one is ended. */
function boundedLines(child: RunningProcess): AsyncIterator<string> {
  let sinceBreak = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    const at = chunk.lastIndexOf(10);
    sinceBreak = at < 0 ? sinceBreak + chunk.length : chunk.length - at;
    if (sinceBreak > MAX_LINE_BYTES) child.kill("SIGKILL");
  });
  return createInterface({ input: child.stdout, crlfDelay: Infinity })[Symbol.asyncIterator]();
}

function firstLineOf(child: RunningProcess): () => string {
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (text.length < KEPT_STDERR_BYTES) text += chunk.toString("utf8");
  });
  return () => {
    const line = text.trim().split("\n")[0]!.slice(0, 300);
    return line === "" ? "" : `: ${line}`;
  };
}

/** What a line of JSON says; anything else is an answer without a line. */
export function placesIn(line: string): readonly SourcePlace[] {
  const answer = parseJson(line);
  if (!isRecord(answer)) throw new ReaderTrouble(`llvm-symbolizer answered ${line.slice(0, 100)}`);
  const symbols = Array.isArray(answer["Symbol"]) ? (answer["Symbol"] as unknown[]) : [];
  return symbols.filter(isRecord).flatMap((one) => {
    const place = placeOf(
      textOf(one["FunctionName"]),
      textOf(one["FileName"]),
      Number(one["Line"]),
      typeof one["Column"] === "number" ? one["Column"] : undefined,
    );
    return place === undefined ? [] : [place];
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
