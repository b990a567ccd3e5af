import { Command } from "commander";
import { statusOfTrouble } from "./exit-status.js";
import { print } from "./output.js";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say what this host can do, what is missing, and how to get it")
    .action(doctor);
}

const MARKS = { ok: "ok", limited: "limited", missing: "MISSING" };

async function doctor(): Promise<void> {
  const { examineHost } = await import("../run/examine-host.js");
  const { styleFor, wantsColours } = await import("../report/style.js");
  const { formatTable } = await import("../report/table.js");
  const style = styleFor(wantsColours(process.stdout));
  const findings = await examineHost();
  const rows = findings.map(({ state, what, found }) => [MARKS[state], what, found]);
  formatTable(rows).forEach((line, index) => {
    const { state, remedy } = findings[index]!;
    print(`${state === "missing" ? style.red(line) : line}\n`);
    if (remedy !== undefined) print(`         → ${remedy}\n`);
  });
  if (findings.some((one) => one.state === "missing")) process.exitCode = statusOfTrouble.host;
}
