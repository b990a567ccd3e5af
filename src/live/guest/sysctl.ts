/**
 * Sysctls of a live guest, read and written.
 */
import type { SysctlFormat } from "../../protocol/step.js";
import * as steps from "../../protocol/steps.js";
import { callSite } from "../session/call-site.js";
import type { CallOptions } from "./call-input.js";
import type { Ask } from "./caller.js";
import { unlessEnded } from "./ended-guest.js";
import type { StepReply } from "./reply.js";

type StepOptions = Omit<CallOptions, "fork">;

export interface Sysctl {
  /**
   * A sysctl's value as the kernel describes it: a number in decimal, several with blanks between, a text. On Linux the file of
   * that name under `/proc/sys`, without its last line break.
   *
   * @throws LaneError `guest-call-failed` (usage)
   * @example await guest.sysctl("kern.ident")
   */
  (name: string, options?: StepOptions & { readonly format?: SysctlFormat }): Promise<string>;
  /**
   * Writes one; `await using` puts back what it was, unless the guest has ended.
   *
   * @throws LaneError `guest-call-failed` (usage), with the errno: it is missing, or may not be written
   * @example await using window = await guest.sysctl.set("kern.twq.busy_window_usecs", 50000);
   */
  set(name: string, value: number | bigint | string, options?: StepOptions): Promise<SysctlSetting>;
}

export interface SysctlSetting extends AsyncDisposable {
  readonly before: string;
  /** As the kernel says it afterwards. */
  readonly after: string;
  /** Writes what it was before, once. */
  restore(): Promise<void>;
}

/** @param must asks a step that has to be `ok` */
export function openSysctl(must: (...asked: Parameters<Ask>) => Promise<StepReply>): Sysctl {
  async function set(
    name: string,
    value: number | bigint | string,
    options: StepOptions = {},
  ): Promise<SysctlSetting> {
    const step = steps.sysctl.set(name, value, options);
    const reply = await must(step, callSite(), options);
    const before = textIn(reply, "before");
    let isRestored = false;
    const restore = async (): Promise<void> => {
      if (isRestored) return;
      isRestored = true;
      await must(steps.sysctl.set(name, before), callSite());
    };
    const after = textIn(reply, "after");
    return { before, after, restore, [Symbol.asyncDispose]: () => unlessEnded(restore()) };
  }
  async function read(
    name: string,
    options: StepOptions & { readonly format?: SysctlFormat } = {},
  ): Promise<string> {
    return textIn(await must(steps.sysctl(name, options), callSite(), options), "value");
  }
  return Object.assign(read, { set });
}

export function textIn({ observation }: StepReply, field: string): string {
  const value = observation.data[field];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
