import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LaneError } from "../../base/errors.js";
import { memorySource } from "../../binary/byte-source.js";
import { typeOfVariable, type CompiledType } from "../../binary/dwarf/c-types.js";
import { bytesAt, readElf, type Elf } from "../../binary/elf.js";
import { runCommand } from "../../host/command.js";

export interface HeaderOptions {
  /** Searched for what the header includes, in this order, before the compiler's own. */
  readonly includeDirs?: readonly string[];
  /** Headers that are read before it, for one that relies on them: `sys/types.h`. */
  readonly includes?: readonly string[];
  /** Macros: `{ _KERNEL: 1 }`. */
  readonly defines?: Readonly<Record<string, string | number>>;
  /** The machine that clang compiles for. Default `x86_64-unknown-freebsd`. */
  readonly target?: string;
}

export interface CompiledLayout {
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
  readonly type: CompiledType;
}

const COMPILE_DEADLINE_MS = 60_000;
const SUBJECT = "kernlane_subject";
const FACTS_SECTION = ".kernlane";

/**
 * Compiles a header and reads from the object what the compiler made of one of its types.
 *
 * @throws LaneError `header-not-compiled` (usage) with clang's own words, `header-type-invalid` (usage) for a type that is
 *   no name, `program-missing` (host) without clang
 */
export async function compileLayout(
  header: string,
  typeName: string,
  options: HeaderOptions,
): Promise<CompiledLayout> {
  if (!/^((struct|union) +)?[A-Za-z_][A-Za-z0-9_]*$/.test(typeName)) throw invalidName(typeName);
  const folder = mkdtempSync(join(tmpdir(), "kernlane-header-"));
  try {
    const source = join(folder, "subject.c");
    const object = join(folder, "subject.o");
    writeFileSync(source, subjectSource(typeName));
    const argv = clangArgs(header, options, source, object);
    const { code, stderr } = await runCommand({ argv }, COMPILE_DEADLINE_MS);
    if (code !== 0) throw notCompiled(header, typeName, stderr);
    const elf = readElf(memorySource(readFileSync(object), object));
    const type = elf && typeOfVariable(elf, SUBJECT);
    if (elf === undefined || type === undefined) throw noObject(typeName, options.target);
    return { type, ...readFacts(elf) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A variable keeps the type in the debugging entries; they know nothing of alignment, so the compiler is asked for that. */
function subjectSource(typeName: string): string {
  return [
    `${typeName} ${SUBJECT};`,
    `const unsigned long long kernlane_facts[] __attribute__((section("${FACTS_SECTION}"), used)) =`,
    `  { sizeof(${typeName}), _Alignof(${typeName}) };`,
    "",
  ].join("\n");
}

function clangArgs(
  header: string,
  {
    includeDirs = [],
    includes = [],
    defines = {},
    target = "x86_64-unknown-freebsd",
  }: HeaderOptions,
  source: string,
  object: string,
): readonly string[] {
  return [
    ...["clang", "-target", target, "-std=gnu11", "-ffreestanding", "-w", "-g", "-gdwarf-4"],
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    ...includeDirs.flatMap((folder) => ["-I", resolve(folder)]),
    ...[...includes, resolve(header)].flatMap((one) => ["-include", one]),
    ...["-c", source, "-o", object],
  ];
}

function readFacts(elf: Elf): Omit<CompiledLayout, "type"> {
  const section = elf.sections.find(({ name }) => name === FACTS_SECTION)!;
  const { buffer, byteOffset } = bytesAt(elf.file, section.offsetBytes, 16);
  const view = new DataView(buffer, byteOffset);
  return {
    sizeBytes: Number(view.getBigUint64(0, true)),
    alignmentBytes: Number(view.getBigUint64(8, true)),
  };
}

function invalidName(typeName: string): LaneError {
  return new LaneError(
    "header-type-invalid",
    `found the type ${JSON.stringify(typeName)}, expected the name of one`,
    {
      hint: 'write it as in C: "struct twq_init_args", or the name of a typedef',
      facts: { typeName },
    },
  );
}

function notCompiled(header: string, typeName: string, said: string): LaneError {
  const lines = said.split("\n").filter((line) => /error:|: note:/.test(line));
  const words = (lines.length > 0 ? lines : said.trim().split("\n")).slice(0, 4).join("\n  ");
  return new LaneError(
    "header-not-compiled",
    `clang could not compile ${header} with ${typeName}:\n  ${words}`,
    { facts: { header, typeName } },
  );
}

function noObject(typeName: string, target: string | undefined): LaneError {
  return new LaneError(
    "header-type-invalid",
    `clang made no ELF object with ${typeName}${target === undefined ? "" : ` for ${target}`}, expected one with its layout`,
    {
      hint: "choose a target with ELF objects, such as x86_64-unknown-freebsd",
      facts: { typeName },
    },
  );
}
