/**
 * What a FreeBSD console says that matters for a run: loader, kernel, rc and the debugger. The texts are those of stand/,
 * kern_shutdown.c, subr_witness.c, amd64/trap.c, vfs_mountroot.c and init(8) as of 13 to 15; 13.1's were also seen on real guests.
 */
import { freebsdFindingRows } from "./marks-freebsd-findings.js";
import { freebsdReportRows } from "./marks-freebsd-reports.js";
import type { LineRow, MarkTable, PromptRow } from "./marks.js";
import { firmwareRows } from "./marks-firmware.js";
import { freebsdReporters } from "./reporters-freebsd.js";
import { freebsdTasks } from "./task.js";

const lineRows: readonly LineRow[] = [
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
  info("dumping", "dump", /^Dumping \d+ out of \d+ [KMG]?B/, "writing a crash dump"),
  info("dump-done", "dump", /^Dump complete/, "crash dump written"),
  info("dump-failed", "dump", /^(?:Dump failed|\*\* DUMP FAILED|Cannot dump)/, "crash dump failed"),
  info("dump-saved", "dump", /^(?:\w{3} [ \d]\d [\d:]{8} \S{1,64} )?savecore\b/, "savecore ran"),
  info("uptime", "end", /^Uptime: /, "the kernel shuts down"),
  info("automatic-reboot", "end", /^Automatic reboot in \d+ seconds/, "automatic reboot"),
  info("rebooting", "end", /^Rebooting\.\.\./, "restart"),
  info("halted", "end", /^The operating system has halted\./, "halted"),
  info("power-off", "end", /^(?:\w{1,20}: )?Powering system off/, "power off"),
];

const promptRows: readonly PromptRow[] = [
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

export const freebsdMarks: MarkTable = {
  prefix: undefined,
  prefixInside: undefined,
  daemonPrefix: undefined,
  rows: [...firmwareRows, ...lineRows, ...promptRows, ...freebsdReportRows, ...freebsdFindingRows],
  opener: undefined,
  body: freebsdBody(),
  findingBody: freebsdFindingBody(),
  signals: [
    { name: "cpuid", pattern: /^cpuid = \d/ },
    { name: "time", pattern: /^time = \d/ },
    {
      name: "backtrace",
      pattern: /^(?:KDB: stack backtrace|stack backtrace:|db_trace_self|#0 0x[0-9a-f]+ (?:at|in) )/,
    },
    { name: "debugger", pattern: /^KDB: enter: / },
    { name: "stopped", pattern: /^Stopped at\s/ },
    { name: "thread", pattern: /^\[ thread pid \d+ tid \d+ \]/ },
    {
      name: "trap-frame",
      pattern:
        /^(?:fault virtual address|instruction pointer|fault code|trap number|current process)\s/,
    },
    { name: "registers", pattern: /^ {0,2}(?:rip|rdi|eip|rax|x0|far|elr)\s?[:= ]/ },
    { name: "lock", pattern: /^ 1st 0x[0-9a-f]+ / },
    { name: "lock-place", pattern: /^ 1st .{1,80} @ / },
    { name: "locks-held", pattern: /^(?:exclusive|shared) .{1,120} locked @ / },
    { name: "panic", pattern: /^panic: / },
    { name: "uptime", pattern: /^Uptime: / },
    { name: "dump", pattern: /^Dumping \d+ out of / },
    { name: "automatic-reboot", pattern: /^Automatic reboot in \d+ seconds/ },
    { name: "rebooting", pattern: /^Rebooting\.\.\./ },
    { name: "loader-key", pattern: /^--> Press a key on the console to reboot <--/ },
  ],
  ends: /^(?:Automatic reboot in |Rebooting\.\.\.|The operating system has halted|--> Press a key on the console)/,
  settles: undefined,
  stackStart: undefined,
  otherStack: undefined,
  reporters: freebsdReporters,
  tasks: freebsdTasks,
  callers: undefined,
};

/** Everything that findings consist of, beside frames: locks, and the lines above and between backtraces. */
function freebsdFindingBody(): RegExp {
  return new RegExp(
    [
      "^(?: (?:1st|2nd|3rd) |lock order .{1,200} (?:established|attempted) at:|(?:KDB: )?stack backtrace",
      " ?#\\d|--- |(?:exclusive|shared) .{1,200} @ |while (?:exclusively|share) locked from )",
    ].join("|"),
  );
}

/** Everything that the reports of the rows above consist of, beside frames. */
function freebsdBody(): RegExp {
  return new RegExp(
    [
      "^(?:\\s|cpuid = |time = |KDB: |stack backtrace|--- |#\\d|\\w{1,64}\\(\\) at ",
      "Uptime: |Dumping |Dump |Automatic reboot|Rebooting|\\[ thread |Stopped at |db> |Tracing |Syncing|Giving up",
      "panic: |Fatal |fault |instruction pointer|stack pointer|frame pointer|code segment|processor eflags|current process|trap number|interrupt enabled|kernel trap",
      "r(?:ip|sp|bp|[a-ds][xip]|\\d{1,2})\\s?[:=]|[er][a-z0-9]{1,2} = |x\\d{1,2}: |sp: |lr: |elr: |spsr: |far: |esr: |tf_|cr\\d",
      "exclusive |shared |lock order |while |with |locked from |Locked |@ )",
    ].join("|"),
  );
}
