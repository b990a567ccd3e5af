/**
 * What the loader of a staged FreeBSD guest is told, by loader.conf(5).
 */

/**
 * @param slot the folder under /boot whose kernel is booted: `kernel` for the image's own
 * @param asksDebugger whether a panic stops in ddb(4); a kernel without it ends at once all the same
 */
export function loaderVariables(
  slot: string,
  hasModules: boolean,
  asksDebugger = false,
): Readonly<Record<string, string>> {
  return {
    kernel: slot,
    module_path: modulePath(slot, hasModules).join(";"),
    // No menu and no key: noise on the serial line must not stop the boot. "0" would still look for a key.
    autoboot_delay: "-1",
    beastie_disable: "YES",
    console: "comconsole",
    comconsole_speed: "115200",
    boot_serial: "YES",
    // A panic says where it was. The debugger waits for someone to type.
    "debug.trace_on_panic": "1",
    "debug.debugger_on_panic": asksDebugger ? "1" : "0",
    "kern.panic_reboot_wait_time": "0",
  };
}

/**
 * The kernel that dies writes its memory to the machine's second disk. It is told so by name, and takes the disk when it finds it, before
 * the root is mounted (FreeBSD `sys/geom/geom_dev.c`).
 */
export const DUMP_VARIABLES = { dumpdev: "/dev/vtbd1" } as const;

/**
 * The keyboard controller is not looked for, which takes the kernel of an emulated machine 1.5 s: nobody is at its keyboard or mouse,
 * and no other device is behind it.
 */
export const UNATTENDED_VARIABLES = { "hint.atkbdc.0.disabled": "1" } as const;

/**
 * The agent instead of init(8). No other program is tried behind it: a kernel that cannot start it panics, and says so. The options
 * override those of the root in fstab(5).
 */
export function firstProcessVariables(
  agentPath: string,
  writableRoot: boolean,
): Readonly<Record<string, string>> {
  return { init_path: agentPath, "vfs.root.mountfrom.options": writableRoot ? "rw" : "ro" };
}

/** Modules that were built with the kernel come before the image's own, which fit its own kernel. */
function modulePath(slot: string, hasModules: boolean): readonly string[] {
  if (slot === "kernel") return ["/boot/kernel", "/boot/modules"];
  const own = `/boot/${slot}`;
  return hasModules
    ? [own, "/boot/kernel", "/boot/modules"]
    : ["/boot/kernel", "/boot/modules", own];
}

/** The variables as lines of loader.conf(5). */
export function loaderLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join("");
}

const BEGIN = "# kernlane begin: written by kernlane, without the lines below it is as it was";
const END = "# kernlane end";

/**
 * A file's text with our lines at its end, between two marks; lines of an earlier time are replaced, all others kept.
 *
 * @example withMarkedBlock('zfs_load="YES"\n', 'kernel="TWQDEBUG"\n')
 */
export function withMarkedBlock(text: string, lines: string): string {
  const from = text.indexOf("# kernlane begin");
  const to = text.indexOf(END, from);
  const kept = from < 0 || to < 0 ? text : text.slice(0, from) + text.slice(to + END.length + 1);
  const gap = kept === "" || kept.endsWith("\n") ? "" : "\n";
  return `${kept}${gap}${BEGIN}\n${lines}${END}\n`;
}
