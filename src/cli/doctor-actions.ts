/**
 * What `kernlane doctor` does, apart from its command line: loaded only when it is asked for.
 */
import { formatTable } from "../report/table.js";
import { styleFor, wantsColours } from "../report/style.js";
import { examineHost } from "../run/examine-host.js";
import { statusOfTrouble } from "./exit-status.js";

const marks = { ok: "ok", limited: "limited", missing: "MISSING" };

export async function examineAndTell(): Promise<void> {
  const style = styleFor(wantsColours(process.stdout));
  const findings = await examineHost();
  const rows = findings.map(({ state, what, found }) => [marks[state], what, found]);
  formatTable(rows).forEach((line, index) => {
    const { state, remedy } = findings[index]!;
    process.stdout.write(`${state === "missing" ? style.red(line) : line}\n`);
    if (remedy !== undefined) process.stdout.write(`         → ${remedy}\n`);
  });
  if (findings.some((one) => one.state === "missing")) process.exitCode = statusOfTrouble.host;
}
