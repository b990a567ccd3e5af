/**
 * What a kernel's debugger is asked where a lane does not say: where the kernel is, who holds which lock, what every thread does.
 */
import type { GuestFamily } from "../base/family.js";

/** Sources: ddb(4); Linux' kernel/debug/kdb/kdb_main.c and kdb_bt.c. */
export const defaultDebuggerCommands: Readonly<Record<GuestFamily, readonly string[]>> = {
  freebsd: ["bt", "show alllocks", "ps", "alltrace"],
  linux: ["bt", "btc", "ps", "bta D"],
};
