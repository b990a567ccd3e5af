import type { ErrorKind } from "./error-kind.js";

export const liveGuestsErrors = {
  "channel-reply-lost": {
    who: "host",
    when: "a reply did not come, not whole or not in time; with the request's number",
    hint: "the call was made, and what it did is not known; the channel itself goes on",
  },
  "channel-reply-late": {
    who: "host",
    when: "a reply did not come, not whole or not in time; with the request's number",
    hint: "a reply that comes later is thrown away",
  },
  "channel-silent": {
    who: "host",
    when: "a reply did not come, not whole or not in time; with the request's number",
    hint: "the agent or the guest's kernel hangs, or the channel is cut",
  },
  "channel-two-writers": { who: "usage", when: "a second session on a guest's channel" },
  "call-options-unknown": {
    who: "usage",
    when: "a call that cannot be made: options, the 33rd barrier, a process or thread that has ended",
  },
  "barriers-exhausted": {
    who: "usage",
    when: "a call that cannot be made: options, the 33rd barrier, a process or thread that has ended",
    hint: "use one again: it can be met at again and again; or dispose of it (using) when it is no longer met at",
  },
  "context-ended": {
    who: "usage",
    when: "a call that cannot be made: options, the 33rd barrier, a process or thread that has ended",
    hint: "make another with guest.process() or process.thread()",
  },
  "guest-call-failed": {
    who: "usage",
    when: "a file, sysctl, process or thread of the guest could not be had; its outcome is in the message",
  },
  "live-needs-channel": {
    who: "host",
    when: "the hypervisor gives its guests no second serial port",
    hint: "use --hypervisor qemu, or a bhyve that has TCP serial ports",
  },
  "console-timeout": { who: "usage", when: "the console did not say what was waited for" },
  "guest-ended": {
    who: "usage",
    when: "a call of a guest that has ended, with its verdict and evidence",
  },
  "checkpoint-unsupported": {
    who: "usage",
    when: "the hypervisor cannot save its machines, with the reason",
    hint: 'use --hypervisor qemu (`hypervisor: "qemu"`), or boot each guest anew',
  },
  "checkpoint-not-savable": {
    who: "usage",
    when: "`checkpoint()` of a guest that was not started with `savable`, or has calls under way",
    hint: "start it with bootGuest({ savable: true })",
  },
  "checkpoint-while-asked": {
    who: "usage",
    when: "`checkpoint()` of a guest that was not started with `savable`, or has calls under way",
    hint: "await the calls first",
  },
  "checkpoint-mismatch": {
    who: "usage",
    when: "a checkpoint of another machine, with what differs",
    hint: "make one of this machine, or start the guest as the checkpoint's was",
  },
  "checkpoint-failed": {
    who: "host",
    when: "a guest could not be saved; a checkpoint from which none can go on; another process makes the same one without end",
  },
  "checkpoint-damaged": {
    who: "host",
    when: "a guest could not be saved; a checkpoint from which none can go on; another process makes the same one without end",
  },
  "checkpoint-busy": {
    who: "host",
    when: "a guest could not be saved; a checkpoint from which none can go on; another process makes the same one without end",
    hint: "wait for it to end, or end it",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
