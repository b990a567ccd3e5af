import { buildProgram } from "./build-program.js";

/**
 * The program of `hammer/`, for FreeBSD, on the agent's own base.
 *
 * @returns its path in the folder
 */
export function buildHammer(folder: string): string {
  const own = ["calls.c", "life.c", "main.c"].map((name) => `test/twq/hammer/${name}`);
  const base = ["base.c", "os/freebsd-sysctl.c", "os/freebsd.c", "sys.c"];
  return buildProgram(
    "hammer",
    [...own, ...base.map((name) => `agent/base/${name}`)],
    "freebsd",
    folder,
  );
}
