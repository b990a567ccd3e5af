/**
 * The command lines that the manual pages allow: bhyve(8) and bhyveload(8) of FreeBSD 15, bhyvectl(8). An argv that a page
 * has no word for is refused with the reason, as getopt(3) would refuse it and a little more strictly.
 */

export interface BhyveCommand {
  readonly vm: string;
  readonly flags: readonly string[];
  /** Each option with its values, in order. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Synopsis of bhyve(8); `-A` is in the synopsis of older ones. */
const BHYVE_FLAGS = "aACDeHhPSuWwxY";
const BHYVE_VALUES: Readonly<Record<string, RegExp>> = {
  c: /^(cpus=)?\d+(,(sockets|cores|threads)=\d+)*$/,
  f: /^[^,=]+,(string|file)=.*$/,
  G: /^w?([\d.]+:)?\d+$/,
  k: /^.+$/,
  K: /^.+$/,
  l: /^(com[1-4],(stdio|\/dev\/[^,]+|tcp=[\d.]+:\d+)|bootrom,\/[^,]+(,\/[^,]+)?|fwcfg,(bhyve|qemu)|tpm,(passthru|swtpm),.+|pc-testdev)$/,
  m: /^\d+[KkMmGgTt]?$/,
  n: /^\d+,\d+[KkMmGgTt]?,.+$/,
  o: /^[^=]+=.*$/,
  p: /^\d+:\d+$/,
  r: /^.+$/,
  s: /^(\d+:){0,2}\d+,(hostbridge|amd_hostbridge|passthru|virtio-(net|blk|scsi|9p|rnd|console|input)|ahci(-cd|-hd)?|e1000|uart|lpc|fbuf|xhci|nvme|hda)(,.+)?$/,
  U: /^[\da-f-]{36}$/,
};

const LOADER_FLAGS = "CS";
const LOADER_VALUES: Readonly<Record<string, RegExp>> = {
  c: /^(stdio|\/dev\/.+)$/,
  d: /^.+$/,
  e: /^[^=]+=.*$/,
  h: /^\/.*$/,
  l: /^\/.*$/,
  m: /^\d+[KkMmGgTt]?$/,
};

/** @throws Error what the manual has no word for */
export function parseBhyve(args: readonly string[]): BhyveCommand {
  const command = parse(args, BHYVE_FLAGS, BHYVE_VALUES);
  for (const device of command.values["s"] ?? []) {
    const [slot = ""] = device.split(",");
    const parts = slot.split(":").map(Number);
    if (parts.at(parts.length > 1 ? -2 : -1)! > 31) throw new Error(`no PCI slot ${slot}`);
    const file = /^[^,]+,virtio-blk,([^,]*)/.exec(device)?.[1];
    if (file !== undefined && !file.startsWith("/")) throw new Error(`${file} is not /filename`);
  }
  const slots = (command.values["s"] ?? []).map((device) => device.split(",")[0]);
  if (new Set(slots).size < slots.length) throw new Error("a PCI slot is used twice");
  return command;
}

export function parseBhyveload(args: readonly string[]): BhyveCommand {
  return parse(args, LOADER_FLAGS, LOADER_VALUES);
}

export function parseBhyvectl(args: readonly string[]): { vm: string; actions: readonly string[] } {
  const [vm = "", ...actions] = args;
  if (!/^--vm=.+$/.test(vm)) throw new Error(`expected --vm=NAME, found ${vm}`);
  const known =
    /^--(create|destroy|get-stats|inject-nmi|cpu=\d+|force-reset|force-poweroff|checkpoint=.+|suspend=.+)$/;
  const unknown = actions.find((action) => !known.test(action));
  if (unknown !== undefined) throw new Error(`bhyvectl(8) has no ${unknown}`);
  return { vm: vm.slice("--vm=".length), actions };
}

function parse(
  args: readonly string[],
  flags: string,
  values: Readonly<Record<string, RegExp>>,
): BhyveCommand {
  const given: { flags: string[]; values: Record<string, string[]> } = { flags: [], values: {} };
  const rest = [...args];
  while (rest[0]?.startsWith("-")) {
    const letters = rest.shift()!.slice(1);
    const syntax = values[letters];
    if (syntax) {
      const value = rest.shift() ?? "";
      if (!syntax.test(value)) throw new Error(`-${letters} does not take ${value}`);
      (given.values[letters] ??= []).push(value);
      continue;
    }
    for (const letter of letters) {
      if (!flags.includes(letter)) throw new Error(`no option -${letter}`);
      given.flags.push(letter);
    }
  }
  const [vm, ...others] = rest;
  if (vm === undefined || others.length > 0)
    throw new Error(`expected one name, found ${rest.join(" ")}`);
  if (!/^[\w.-]+$/.test(vm)) throw new Error(`${vm} is no name of a machine`);
  return { vm, ...given };
}
