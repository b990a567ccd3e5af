import type { ErrorKind } from "./error-kind.js";

export const liveGuestsErrors = {
  "channel-reply-lost": {
    who: "host",
    when: "a reply was lost on the channel, as its sequence number shows",
    hint: "the call was made, and what it did is not known; the channel itself goes on",
  },
  "channel-reply-late": {
    who: "host",
    when: "a reply did not come before the deadline of its call, though the agent answers",
    hint: "a reply that comes later is thrown away",
  },
  "channel-silent": {
    who: "host",
    when: "the agent stopped answering",
    hint: "the agent or the guest's kernel hangs, or the channel is cut",
  },
  "channel-two-writers": { who: "usage", when: "a second session was opened on a guest's channel" },
  "call-options-unknown": {
    who: "usage",
    when: "a call was given an option that does not exist",
  },
  "barriers-exhausted": {
    who: "usage",
    when: "a guest was asked for more barriers at once than its agent has",
    hint: "a barrier can be used again; or dispose of it (`using`) when it is no longer needed",
  },
  "context-ended": {
    who: "usage",
    when: "a process or thread of the guest was used after its end",
    hint: "make another with guest.process() or process.thread()",
  },
  "guest-call-failed": {
    who: "usage",
    when: "a file, sysctl, process or thread of the guest could not be used; with the outcome",
  },
  "live-needs-channel": {
    who: "host",
    when: "a live guest was asked of a hypervisor that gives its guests no second serial port",
    hint: "use --hypervisor qemu, or a bhyve that has TCP serial ports",
  },
  "console-timeout": {
    who: "usage",
    when: "the console did not print in time what was waited for",
  },
  "guest-ended": {
    who: "usage",
    when: "a guest was used after its end; with its verdict and evidence",
  },
  "checkpoint-unsupported": {
    who: "usage",
    when: "the hypervisor cannot save its machines; with the reason",
    hint: 'use --hypervisor qemu (`hypervisor: "qemu"`), or boot each guest',
  },
  "checkpoint-not-savable": {
    who: "usage",
    when: "`checkpoint()` was called on a guest that was started without `savable`",
    hint: "start it with bootGuest({ savable: true })",
  },
  "checkpoint-while-asked": {
    who: "usage",
    when: "`checkpoint()` was called while calls are in progress",
    hint: "await the calls first",
  },
  "checkpoint-mismatch": {
    who: "usage",
    when: "a checkpoint was made by another machine; with what differs",
    hint: "make one of this machine, or start the guest as the checkpoint's was",
  },
  "checkpoint-failed": {
    who: "host",
    when: "a guest could not be saved",
  },
  "checkpoint-damaged": {
    who: "host",
    when: "no guest can be restored from a checkpoint",
  },
  "checkpoint-busy": {
    who: "host",
    when: "another process makes the same checkpoint and does not finish",
    hint: "wait for it to end, or end it",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
