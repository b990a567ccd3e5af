/** What a FreeBSD kernel complains about and goes on: WITNESS, sanitizers, failed assertions that only warn, memory, disks. */
import type { ReportRow } from "./marks.js";
import { finding } from "./report-rows.js";

export const freebsdFindingRows: readonly ReportRow[] = [
  // subr_witness.c
  {
    ...finding(
      "lock-order",
      "locks",
      /^lock order reversal:?(?: (?<how>\(.{1,60}\)))?\s*$/,
      "lock order reversal:[ $how][ $first -> $second]",
    ),
    // A kernel that syncs its disks has begun a line: "Syncing disks, vnodes remaining... 3 lock order reversal:".
    inside: "lock order reversal",
    // " 1st 0xfffff8000348c5f8 ufs (ufs, lockmgr) @ /usr/src/sys/kern/vfs_lookup.c:1129"; the class is there from 13 on.
    details: {
      first: /^ 1st 0x[0-9a-f]{1,16} (.{1,80}?) \(/,
      second: /^ 2nd 0x[0-9a-f]{1,16} (.{1,80}?) \(/,
    },
    confirmedBy: ["lock"],
  },
  {
    ...finding(
      "duplicate-lock",
      "locks",
      /^acquiring duplicate lock of same type: "(?<lock>.{1,80}?)"/,
      "duplicate lock of same type: $lock",
    ),
    inside: "acquiring duplicate lock",
    confirmedBy: ["backtrace", "lock-place"],
  },
  {
    ...finding(
      "lock-mode",
      "locks",
      /^(?<what>(?:(?:shared|exclusive) (?:un)?lock|forbidden unlock) of \([^)]{1,40}\) .{1,80}?) @ /,
      "$what[ in $frame]",
    ),
    confirmedBy: ["lock-mode", "panic"],
  },
  {
    ...finding(
      "locks-held",
      "locks",
      // What sysctl(8) has written by then (`debug.lamp: `) is not the kernel's.
      /^(?:\w{1,40}(?:\.\w{1,40}){1,8}: )?(?<what>\S.{0,120}) with the following (?:non-sleepable )?locks held:/,
      "$what with locks held[: $lock][ in $frame]",
    ),
    // "exclusive sleep mutex lamp alpha (lamp alpha) r = 0 (0xffffffff82a1a0e8) locked @ /usr/src/sys/dev/lamp/lamp.c:44"
    details: {
      lock: /^(?:exclusive|shared) (?:sleep mutex|spin mutex|sleepable rm|\w{1,20}) (.{1,80}?)(?: \(.{1,80}?\))? r = \d/,
    },
    confirmedBy: ["locks-held"],
  },
  {
    ...finding(
      "witness-off",
      "warning",
      /^(?:\w{1,40}: witness exhausted|WITNESS: unable to allocate a new witness object|Witness disabled\.)/,
      "WITNESS checks no more",
    ),
    frames: "none",
  },
  // vfs_subr.c with DEBUG_VFS_LOCKS as of 13 and 14
  {
    ...finding(
      "vnode-lock",
      "locks",
      /^(?<who>\w{1,60}): 0x[0-9a-f]{1,16} (?<what>(?:interlock )?is (?:not )?(?:exclusive )?locked but should (?:not )?be)/,
      "$who: vnode $what[ in $frame]",
    ),
    confirmedBy: ["backtrace", "debugger"],
  },
  // subr_csan.c, subr_asan.c, subr_msan.c, kern_ubsan.c
  {
    ...finding("csan", "sanitizer", /^CSan: Racy Access \[/, "CSan: racy access[ in $frame]"),
    inside: "CSan: ",
    confirmedBy: ["backtrace"],
  },
  {
    ...finding(
      "asan-report",
      "sanitizer",
      /^ASan: Invalid access, \d+-byte (?<access>read|write) at [^\s,]{1,40}(?:, (?<kind>\w{1,60}))?/,
      "ASan: invalid $access[, $kind][ in $frame]",
    ),
    inside: "ASan: ",
    confirmedBy: ["backtrace"],
  },
  {
    ...finding(
      "msan-report",
      "sanitizer",
      /^MSan: [Uu]ninitialized (?<what>(?:\w{1,40} )?(?:memory|variable))/,
      "MSan: uninitialized $what[ in $frame]",
    ),
    inside: "MSan: ",
    confirmedBy: ["backtrace"],
  },
  {
    ...finding(
      "ubsan-report",
      "sanitizer",
      /^UBSan: Undefined Behavior in (?<file>[^\s,]{1,300}), (?<what>.{1,120})/,
      "UBSan: $what in $file",
    ),
    inside: "UBSan: ",
    frames: "none",
  },
  // kern_shutdown.c with debug.kassert.warn_only
  {
    ...finding(
      "assertion",
      "bug",
      /^KASSERT failed: (?<text>(?:(?<symbol>[A-Za-z_]\w{1,63})(?:\(\))?: )?.{1,200})/,
      "KASSERT failed: $~text[ in $where]",
    ),
    inside: "KASSERT failed: ",
    confirmedBy: ["backtrace"],
  },
  // redzone.c
  {
    ...finding(
      "redzone",
      "memory",
      /^REDZONE: (?<what>Buffer (?:under|over)flow detected)\./,
      "REDZONE: $what[ in $frame]",
    ),
    inside: "REDZONE: ",
    confirmedBy: ["allocation", "backtrace"],
  },
  // dev/watchdog/watchdog.c
  {
    ...finding(
      "watchdog-timeout",
      "lockup",
      /^(?<what>watchdog (?:soft|pre)-timeout), WD_SOFT_(?:LOG|PRINTF)/,
      "$what",
    ),
    frames: "none",
  },
  {
    ...finding(
      "interrupt-storm",
      "lockup",
      /^interrupt storm detected on "(?<what>[^"]{1,80})"/,
      "interrupt storm on $=what",
    ),
    frames: "none",
  },
  {
    ...finding(
      "killed",
      "memory",
      /^pid \d{1,7} \((?<who>[^)]{1,60})\),(?: jid \d{1,7},)? uid \d{1,10}, was killed: (?<why>.{1,80})/,
      "killed $#who: $why",
    ),
    frames: "none",
  },
  {
    ...finding(
      "zone-limit",
      "memory",
      /^\[zone: (?<zone>[^\]]{1,60})\] (?<what>.{1,80})/,
      "$what of zone $zone",
    ),
    frames: "none",
  },
  // kern_linker.c, link_elf.c: a module that somebody asked for is not there.
  {
    ...finding(
      "module-not-loaded",
      "warning",
      /^KLD (?:file )?(?<module>\S{1,200}?):? (?<what>depends on \S{1,100} - not available or version mismatch|is missing dependencies|- cannot find dependency "[^"]{1,100}"|- could not finalize loading)/,
      "module $=module $=what",
    ),
    frames: "none",
  },
  {
    ...finding(
      "module-symbol",
      "warning",
      /^link_elf(?:_obj)?: symbol (?<missing>\S{1,200}) undefined/,
      "a module needs symbol $=missing",
    ),
    frames: "none",
  },
  // vm_fault.c, swap_pager.c, vnode_pager.c, geom_vfs.c
  {
    ...finding(
      "pager-read",
      "warning",
      /^vm_fault: pager (?<what>(?:read|input)[^,]{0,40} error)(?:[^,]{0,40}), pid \d{1,7} \((?<who>[^)]{1,60})\)/,
      "vm_fault: pager $what of $who",
    ),
    frames: "none",
  },
  {
    ...finding(
      "swap-error",
      "memory",
      /^swap_pager: (?<what>I\/O error - \w{1,20} failed|indefinite wait buffer|out of swap space|cannot allocate bio)/,
      "swap_pager: $what",
    ),
    frames: "none",
  },
  {
    ...finding(
      "disk-error",
      "warning",
      /^g_vfs_done\(\): ?(?<disk>[^[]{1,80})\[(?<how>READ|WRITE|DELETE)\(.{1,80}\)\]error = (?<errno>\d{1,3})/,
      "g_vfs_done(): $how of $=disk: error $=errno",
    ),
    frames: "none",
  },
];
