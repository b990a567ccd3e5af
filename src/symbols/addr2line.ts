/**
 * addr2line, where there is no llvm-symbolizer: run once for all addresses of a question.
 *
 * Source: binutils, addr2line(1); FreeBSD's of elftoolchain writes the same. With `-a -i -f`, for each address:
 *
 *     0xffffffff812b08b0                 the address, padded with zeros
 *     write_nowhere                      a function, innermost first
 *     /src/twq/faults.c:41 (discriminator 2)
 *     fault_oops
 *     /src/twq/faults.c:46
 */
import { LaneError } from "../base/errors.js";
import { runCommand } from "../host/command.js";
import { placeOf, ReaderTrouble, withoutServers, type AddressReader } from "./address-reader.js";
import type { SourcePlace } from "./symbols.js";

/** An answer has a few hundred bytes, and what is kept of an output is a megabyte. */
const ADDRESSES_AT_ONCE = 200;

export function openAddr2line(program: string, file: string, deadlineMs: number): AddressReader {
  return {
    async read(addresses) {
      const places: (readonly SourcePlace[])[] = [];
      for (let at = 0; at < addresses.length; at += ADDRESSES_AT_ONCE) {
        const some = addresses.slice(at, at + ADDRESSES_AT_ONCE);
        places.push(
          ...parseAnswers(await run(program, file, some, deadlineMs), some.length, program),
        );
      }
      return places;
    },
    async [Symbol.asyncDispose]() {
      // Nothing is held between questions.
    },
  };
}

async function run(
  program: string,
  file: string,
  addresses: readonly bigint[],
  deadlineMs: number,
): Promise<string> {
  const hex = addresses.map((address) => `0x${address.toString(16)}`);
  const argv = [program, "-a", "-i", "-f", "-e", file, ...hex];
  try {
    const { code, signal, stdout, stderr } = await runCommand(
      { argv, env: withoutServers() },
      deadlineMs,
    );
    if (code === 0) return stdout;
    const how = signal === undefined ? `with status ${code}` : `by ${signal}`;
    const why = stderr.trim().split("\n")[0]!.slice(0, 300);
    throw new ReaderTrouble(`${program} ended ${how}${why === "" ? "" : `: ${why}`}`);
  } catch (error) {
    if (!(error instanceof LaneError)) throw error;
    throw new ReaderTrouble(error.message);
  }
}

/** One list for each address. */
export function parseAnswers(
  output: string,
  count: number,
  program = "addr2line",
): readonly (readonly SourcePlace[])[] {
  const groups = output.split(/^0x[0-9a-f]+\r?\n/m).slice(1);
  if (groups.length !== count)
    throw new ReaderTrouble(`${program} gave ${groups.length} answers to ${count} addresses`);
  return groups.map((group) => {
    const lines = group.split(/\r?\n/);
    const places: SourcePlace[] = [];
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const match = /^(.*):(\d+)(?: \(discriminator \d+\))?$/.exec(lines[at + 1]!);
      const place = match ? placeOf(lines[at]!, match[1]!, Number(match[2])) : undefined;
      if (place !== undefined) places.push(place);
    }
    return places;
  });
}
