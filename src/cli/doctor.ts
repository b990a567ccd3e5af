import { Command } from "commander";
import { examineHost } from "../run/examine-host.js";
import { formatTable } from "../report/table.js";
import { styleFor, wantsColours } from "../report/style.js";
import { statusOfTrouble } from "./exit-status.js";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say what this host can do and what is missing, with the remedy")
    .action(async () => {
      const style = styleFor(wantsColours(process.stdout));
      const findings = await examineHost();
      const mark = { ok: "ok", limited: "limited", missing: "MISSING" };
      const rows = findings.map(({ state, what, found }) => [mark[state], what, found]);
      formatTable(rows).forEach((line, index) => {
        const { state, remedy } = findings[index]!;
        process.stdout.write(`${state === "missing" ? style.red(line) : line}\n`);
        if (remedy !== undefined) process.stdout.write(`         → ${remedy}\n`);
      });
      if (findings.some((one) => one.state === "missing")) process.exitCode = statusOfTrouble.host;
    });
}
