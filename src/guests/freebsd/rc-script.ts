/**
 * The rc.d script that runs the agent in a FreeBSD guest and ends the machine, by rc.subr(8) and rcorder(8).
 *
 * The agent has a deadline of its own and powers the machine off itself. What this script adds is for an agent that cannot:
 * whatever becomes of it, and at the latest when the watchdog's time is up, the machine is powered off. A script that is
 * not enabled does nothing.
 *
 * The kernel's own delay before it switches off, five seconds for the caches of real disks, is set to none: here there are none.
 */
import type { ProbeMoment } from "../guest.js";

/** When rc runs the agent. */
export type RcMoment = Exclude<ProbeMoment, "init">;

export interface RcScriptFacts {
  readonly agentPath: string;
  readonly planPath: string;
  readonly probeAt: RcMoment;
  /** When the machine is powered off even if the agent hangs. */
  readonly watchdogSeconds: number;
}

export const RC_SCRIPT_NAME = "kernlane";

/**
 * Every word of these lines is a name to rcorder(8): no comment may stand behind them. A provision that the image does
 * not have is passed over.
 */
const order: Readonly<Record<RcMoment, readonly string[]>> = {
  early: ["# REQUIRE: FILESYSTEMS", "# BEFORE: NETWORKING"],
  login: ["# REQUIRE: LOGIN"],
};

/** How long the machine may take to power off before the next way is tried. */
const PATIENCE_SECONDS = 30;

/** @example freebsdRcScript({ agentPath: "/kernlane/agent", planPath: "/kernlane/plan", probeAt: "early", watchdogSeconds: 60 }) */
export function freebsdRcScript(facts: RcScriptFacts): string {
  const name = RC_SCRIPT_NAME;
  return `#!/bin/sh
#
# PROVIDE: ${name}
${order[facts.probeAt].join("\n")}

. /etc/rc.subr

name="${name}"
desc="Run kernlane's probe, then power the machine off"
rcvar="${name}_enable"
start_cmd="${name}_start"
stop_cmd=":"

${name}_power_off()
{
	trap - EXIT HUP INT QUIT TERM
	/sbin/shutdown -p now
	sleep ${PATIENCE_SECONDS}
	/sbin/halt -p -q
	sleep ${PATIENCE_SECONDS}
	/sbin/reboot -p -n -q
}

${name}_start()
{
	trap ${name}_power_off EXIT HUP INT QUIT TERM
	/sbin/sysctl kern.shutdown.poweroff_delay=0 >/dev/null 2>&1
	(
		trap - EXIT HUP INT QUIT TERM
		sleep ${facts.watchdogSeconds}
		echo "kernlane: the agent did not end within ${facts.watchdogSeconds} seconds"
		${name}_power_off
	) </dev/null >/dev/console 2>&1 &
	${facts.agentPath} ${facts.planPath} </dev/null >/dev/console 2>&1
	echo "kernlane: the agent ended with status $? and did not power off" >/dev/console
	${name}_power_off
}

load_rc_config $name
: \${${name}_enable:="NO"}
run_rc_command "$1"
`;
}
