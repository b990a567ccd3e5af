/**
 * What a person types to debug a guest that waits, and what the debugger will know.
 */
import { quoted } from "./shell-words.js";

export interface DebuggedGuest {
  readonly guest: "linux" | "freebsd";
  readonly hypervisor: "qemu" | "bhyve";
  readonly port: number;
  /** The file with the kernel's names; absent when none was found. */
  readonly path?: string;
  readonly hasLines: boolean;
  readonly lookedFor: readonly string[];
  readonly otherBuilds: readonly string[];
}

/** @example formatDebugger({ guest: "linux", hypervisor: "qemu", port: 41231, path: "/src/vmlinux", … }) // lines to print */
export function formatDebugger(debugged: DebuggedGuest): readonly string[] {
  const { guest, hypervisor, port, path } = debugged;
  const target = `127.0.0.1:${port}`;
  const file = path === undefined ? "" : ` ${quoted(path)}`;
  return [
    `waiting for a debugger on ${target}; the guest has not begun, and no deadline counts. In another terminal:`,
    `  ${debuggerCommand(debugged)}`,
    `  lldb${file} -o 'gdb-remote ${target}'`,
    ...symbolLines(debugged),
    BREAKPOINTS[hypervisor],
    ...(guest === "linux"
      ? ["nokaslr is on the kernel's command line, so that its addresses are those of the file"]
      : []),
  ];
}

/** @example debuggerCommand({ guest: "linux", hypervisor: "qemu", port: 41231, path: "/src/vmlinux" }) // "gdb /src/vmlinux -ex …" */
export function debuggerCommand({
  guest,
  hypervisor,
  port,
  path,
}: Pick<DebuggedGuest, "guest" | "hypervisor" | "port"> & {
  readonly path?: string | undefined;
}): string {
  // A gdb that was built without FreeBSD's OS ABI takes pointers for 32 bits once it has read such a file.
  const abi =
    guest === "freebsd" && hypervisor === "qemu" && path !== undefined
      ? " -iex 'set osabi none'"
      : "";
  const file = path === undefined ? "" : ` ${quoted(path)}`;
  const architecture = path === undefined ? " -ex 'set architecture i386:x86-64'" : "";
  return `gdb${abi}${file}${architecture} -ex 'target remote 127.0.0.1:${port}'`;
}

function symbolLines({
  guest,
  path,
  hasLines,
  lookedFor,
  otherBuilds,
}: DebuggedGuest): readonly string[] {
  const others = otherBuilds.map((one) => `${one} is of another build and not used`);
  if (path !== undefined && hasLines) return others;
  if (path !== undefined)
    return [...others, `${path} has names only: for lines and types ${LINES_FROM[guest]}`];
  if (lookedFor.length === 0) return others;
  return [...others, `no file with the kernel's symbols: found none of ${lookedFor.join(", ")}`];
}

/** Under bhyve the loader has put the kernel into memory before the guest begins; a boot ROM's has not. */
const BREAKPOINTS = {
  qemu: "until the kernel is in memory only hardware breakpoints hold: hbreak NAME, then continue",
  bhyve:
    "bhyve has software breakpoints only, and bhyveload has put the kernel into memory already: break NAME, then continue (with a boot ROM, once the kernel is there)",
};

const LINES_FROM = {
  linux: "build with CONFIG_DEBUG_INFO=y",
  freebsd: "keep kernel.full or kernel.debug of its build beside it",
};
