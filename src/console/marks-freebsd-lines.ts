/** The single lines and the prompts of a FreeBSD console: loader, kernel, rc, the way to the end, crash dumps. */
import type { LineRow, PromptRow } from "./marks.js";

export const freebsdLineRows: readonly LineRow[] = [
  // loader(8)
  loaderFailure(
    "kernel-not-loaded",
    /^Failed to load kernel '(?<what>[^']{1,100})'/,
    "Failed to load kernel '$=what'",
  ),
  // Of a module, which a kernel boots without, it says "can't load file 'PATH': …".
  loaderFailure(
    "not-loaded",
    /^can't load (?!file ')'?(?<what>[^' ]{1,200})'?/,
    "can't load '$=what'",
  ),
  loaderFailure(
    "no-kernel",
    /^(?:Unable to load a kernel!|no bootable kernel)/,
    "no kernel to boot",
  ),
  loaderFailure(
    "no-loader",
    /^(?:gptboot|gptzfsboot|boot1|boot2): No (?<what>\/\S{1,100}) on/,
    "no $=what on the boot disk",
  ),
  loaderFailure(
    "no-lua",
    /^ERROR: cannot open (?<what>\/boot\/lua\/[^\s:]{1,100})/,
    "cannot open $=what",
  ),
  // A kernel of another format, or one that the memory does not hold: load_elf.c, then the command's own words.
  loaderFailure(
    "elf-not-loaded",
    /^elf(?:32|64)_(?<what>load(?:file|image): (?:read failed|not a kernel|cannot allocate).{0,60})/,
    "the loader cannot load an ELF file: $what",
  ),
  // What a kernel has whose memory reaches into that of the loader; it may say nothing at all then.
  info(
    "elf-symbols-skipped",
    "warning",
    /^elf(?:32|64)_loadimage: could not read symbols - skipped!/,
    "the loader cannot read the symbols of the kernel",
  ),
  loaderFailure(
    "no-memory",
    /^(?<what>no memory to load \S{1,200}|Can't find valid memory map for staging area!|not enough memory|Out of memory, aborting)\s*$/,
    "the loader is out of memory: $=what",
  ),
  loaderFailure("no-long-mode", /^CPU doesn't support long mode/, "CPU doesn't support long mode"),
  loaderFailure(
    "exit-boot-services",
    /^ExitBootServices error \d{1,20}/,
    "the firmware does not let go: ExitBootServices error",
  ),
  loaderFailure(
    "no-partition",
    /^(?<who>gptboot|gptzfsboot|zfsboot|boot1): (?<what>no UFS partition was found|unable to (?:load GPT|decrypt GELI key))/,
    "$=who: $=what",
  ),
  loaderFailure(
    "boot1-failed",
    /^Failed to (?<what>(?:load|start) (?:image provided by \w{1,20}|'\/[^']{1,100}'))/,
    "boot1: failed to $=what",
  ),
  loaderFailure("btx-halted", /^BTX halted/, "the loader crashed: BTX halted"),
  info(
    "loader-conf-malformed",
    "warning",
    /^Malformed line \((?<line>\d{1,9})\)/,
    "loader.conf: malformed line $=line",
  ),
  info("loader-file", "loader", /^Loading (?<path>\/\S{1,200})$/, "the loader reads $=path"),
  info(
    "loader-kernel",
    "loader",
    /^Booting \[(?<path>\/[^\]]{1,200})\]/,
    "the loader starts $=path",
  ),
  // The kernel
  info("boot-tag", "boot", /^---<<BOOT>>---$/, "FreeBSD starts"),
  {
    ...info(
      "version",
      "identity",
      /^FreeBSD (?<version>\d\S{1,60})(?: \S{1,80})? (?<ident>[\w.-]{1,64}) (?<arch>amd64|arm64|i386|riscv|powerpc\w*|arm)$/,
      "FreeBSD $=version $=ident",
    ),
    previous: /^FreeBSD is a registered trademark/,
    identity: "FreeBSD $=version $=ident $=arch",
  },
  {
    ...info(
      "version-two-lines",
      "identity",
      /^ {4}\S{1,100}@\S{1,100}:\S{1,200}\/(?<ident>[\w.-]{1,64}) (?<arch>[a-z]\w{1,20})$/,
      "FreeBSD $=version $=ident",
    ),
    previous: /^FreeBSD (?<version>\d\S{1,60}) #\d/,
    identity: "FreeBSD $=version $=ident $=arch",
  },
  info(
    "root-mount",
    "init",
    /^Trying to mount root from (?<root>\S{1,200})/,
    "mounting root from $=root",
  ),
  info(
    "root-mount-failed",
    "boot-stuck",
    /^Mounting from (?<root>\S{1,200}) failed with error (?<errno>\d{1,3})/,
    "Mounting from $=root failed with error $=errno",
  ),
  info(
    "root-mount-waits",
    "boot-stuck",
    /^(?:Root mount waiting for:(?<what> .{1,100})|mountroot: waiting for device (?<device>\S{1,100}?)\.{3})/,
    "the root mount waits[ for$what][ for $=device]",
  ),
  // The kernel has the module itself: harmless, and so is what the linker says of the file then.
  info(
    "module-present",
    "warning",
    /^(?:interface (?<interface>[\w.-]{1,64}) already present in the KLD '[^']{1,100}'!|module (?<module>[\w./-]{1,64}) already present!)/,
    "the kernel has module [$=interface][$=module] already",
  ),
  info(
    "module-unsupported",
    "warning",
    /^linker_load_file: (?<file>\S{1,200}) - unsupported file type/,
    "cannot load $=file: unsupported file type",
  ),
  info(
    "init-not-run",
    "boot-stuck",
    /^exec (?<init>\/\S{1,100}): error (?<errno>\d{1,3})$/,
    "cannot execute $=init: error $=errno",
  ),
  info(
    "init-died",
    "boot-stuck",
    /^init died \((?<how>signal \d{1,3}, exit \d{1,3})\)/,
    "init died: $=how",
  ),
  // rc and init
  info(
    "fsck-failed",
    "boot-stuck",
    /^(?:Automatic file system check failed|Unknown error \d+; help!|Reboot failed; help!)/,
    "file system check failed",
  ),
  info("rc-aborted", "boot-stuck", /^ERROR: ABORTING BOOT/, "rc aborted the boot"),
  // The end
  info(
    "stopping",
    "end",
    /^Waiting \(max \d{1,6} seconds\) for system (?:process|thread) `(?<what>[^']{1,60})'/,
    "the kernel stops its $=what",
  ),
  info("syncing", "end", /^Syncing disks, (?:vnodes|buffers) remaining/, "disks are synced"),
  info(
    "synced",
    "end",
    /^(?:All buffers synced\.|Giving up on \d{1,9} buffers)/,
    "disks are synced",
  ),
  info("swap-removed", "end", /^Swap device \S{1,200} removed\./, "swap is taken away"),
  info(
    "dumping",
    "dump",
    /^(?:Dumping \d+ (?:out of \d+ )?[KMG]?B|netdumping to \S{1,60} |textdump: creating )/,
    "writing a crash dump",
  ),
  info(
    "dump-done",
    "dump",
    /^(?:Dump complete|netdump finished\.|Textdump complete\.)/,
    "crash dump written",
  ),
  info(
    "dump-failed",
    "dump",
    /^(?:Dump map grown while dumping\. )?(?<why>Dump (?:failed|aborted)(?:\. Partition too small)?|\*\* DUMP FAILED \(ERROR \d{1,4}\)|Cannot dump.{0,60}|Aborting dump due to I\/O error|failed to (?:contact netdump server|dump the kernel core)|netdump_start: can't netdump.{0,40}|Attempt to write (?:outside dump device boundaries|partial block|at unaligned offset)|Textdump: (?:Insufficient space|Error \d{1,4})|Insufficient space on dump partition)/,
    "crash dump failed: $=why",
  ),
  info("dump-saved", "dump", /^(?:\w{3} [ \d]\d [\d:]{8} \S{1,64} )?savecore\b/, "savecore ran"),
  info("uptime", "end", /^Uptime: /, "the kernel shuts down"),
  info("automatic-reboot", "end", /^Automatic reboot in \d+ seconds/, "automatic reboot"),
  info("rebooting", "end", /^Rebooting\.\.\./, "restart"),
  info("halted", "end", /^The operating system has halted\./, "halted"),
  info("power-off", "end", /^(?:\w{1,20}: )?Powering system off/, "power off"),
];

export const freebsdPromptRows: readonly PromptRow[] = [
  stuckPrompt(
    "loader-prompt",
    /^OK $/,
    "the loader waits at its prompt",
    /can't load|Failed to load|^Type '\?'|^no bootable|^ERROR: /,
  ),
  stuckPrompt("boot-prompt", /^boot: $/, "the boot block waits at its prompt"),
  stuckPrompt("mountroot-prompt", /^mountroot> $/, "the kernel asks for the root file system"),
  stuckPrompt(
    "single-user",
    /^Enter full pathname of shell or RETURN for \S{1,60}: $/,
    "init asks for a single-user shell",
  ),
  { ...stuckPrompt("login", /^login: $/, "login prompt"), class: "login", severity: "info" },
  { ...stuckPrompt("ddb-prompt", /^db> $/, "ddb waits at its prompt"), class: "debugger" },
];

function loaderFailure(name: string, pattern: RegExp, title: string): LineRow {
  return { kind: "line", name, class: "loader-failed", severity: "fatal", pattern, title };
}

function info(name: string, markClass: LineRow["class"], pattern: RegExp, title: string): LineRow {
  return { kind: "line", name, class: markClass, severity: "info", pattern, title };
}

function stuckPrompt(name: string, pattern: RegExp, title: string, after?: RegExp): PromptRow {
  const row: PromptRow = {
    kind: "prompt",
    name,
    class: "boot-stuck",
    severity: "fatal",
    pattern,
    title,
  };
  return after === undefined ? row : { ...row, after };
}
