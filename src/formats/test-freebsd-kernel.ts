/** A FreeBSD kernel for tests: an ELF file with the variables by which kernels are known, and no code. */
import { buildElf, elfNote, symbolSections } from "./test-elf.js";

export interface TestKernel {
  readonly ident: string;
  /** `15.0-STABLE` if absent. */
  readonly release?: string;
}

const BASE = 0xffffffff80200000n;

export function buildFreebsdKernel({ ident, release = "15.0-STABLE" }: TestKernel): Buffer {
  const variables = Buffer.alloc(1024);
  variables.write(`FreeBSD ${release} ${ident}\n\0`, 0);
  variables.write(`${ident}\0`, 512);
  variables.writeInt32LE(1500500, 600);
  variables.write(`${release}\0`, 640);
  const symbols = [
    { name: "version", address: BASE },
    { name: "kern_ident", address: BASE + 512n },
    { name: "osreldate", address: BASE + 600n },
    { name: "osrelease", address: BASE + 640n },
  ];
  return buildElf({
    osAbi: 9,
    segments: [
      { type: 3, bytes: Buffer.from("/red/herring\0") },
      { type: 1, address: BASE, bytes: variables },
      { type: 4, bytes: elfNote("Xen", 18, Buffer.alloc(4)) },
    ],
    sections: [
      { name: "", type: 0, bytes: Buffer.alloc(0) },
      ...symbolSections(symbols, 2),
      { name: "kern_conf", type: 1, bytes: Buffer.from(`ident\t${ident}\noptions\tDDB\n\0`) },
    ],
  });
}
