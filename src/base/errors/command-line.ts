import type { ErrorKind } from "./error-kind.js";

export const commandLineErrors = {
  "bad-arguments": {
    who: "usage",
    when: "the command line has a word, an option or a value that the command does not take",
  },
  "image-unused": {
    who: "usage",
    when: "an image was given for a lane that boots its kernel directly",
    hint: "leave --image out; kernels are given with --kernel NAME=FILE",
  },
  "unknown-lane": {
    who: "usage",
    when: "neither the config nor kernlane has a lane of that name",
  },
  "lane-without-steps": {
    who: "usage",
    when: "a run of a lane that has no steps, which would test nothing",
    hint: "write its steps into `probe`; a lane without any is for tests that ask a running guest (kernlane/vitest)",
  },
  "lane-without-kernels": {
    who: "usage",
    when: "`kernels` of a lane, or of the options of a run, is empty: no guest would boot",
    hint: 'name a kernel, { mine: "FILE" }, or leave `kernels` out for the one column `stock`',
  },
  "lane-name-taken": {
    who: "bug",
    when: "two built-in lanes have one name",
  },
  "option-unused": {
    who: "usage",
    when: "an option or a field of the lane has no effect for this guest family",
    hint: "leave it out",
  },
  "expectation-unknown-column": {
    who: "usage",
    when: "the steps expect something of a kernel that the run does not have: its name is nearly that of a column, or nothing is expected of any column",
  },
  "finding-unknown": {
    who: "usage",
    when: "a lane says what becomes of findings of a class or name that there is not",
    hint: "docs/console-marks.md lists them; the whole title of a report is taken, too",
  },
  "config-ambiguous": {
    who: "usage",
    when: "a folder has more than one config",
    hint: "keep one of them, or name it: --config FILE",
  },
  "lane-ambiguous": {
    who: "usage",
    when: "the config has several lanes and no default, and none was named",
    hint: "name one, or set `default` in the config",
  },
  "bad-kernel-name": {
    who: "usage",
    when: "the name of a kernel cannot head a column and name a folder",
    hint: 'the name heads a column beside "step" and is a folder of the run: --kernel TWQDEBUG=FILE',
  },
  "bad-cpus": {
    who: "usage",
    when: "the number of cpus is not a whole number from 1 to 64, or more than the hypervisor gives",
  },
  "bad-size": {
    who: "usage",
    when: "a memory size has no unit, or is too small or too large",
    hint: "write a number and M or G, such as 512M or 2G",
  },
  "bad-duration": {
    who: "usage",
    when: "a duration has no unit, or is too short or too long",
    hint: "write a number and its unit, such as 90s, 1500ms or 2m",
  },
  "config-missing": {
    who: "usage",
    when: "the file that `--config` names does not exist, or the config cannot be read",
    hint: "kernlane init writes one",
  },
  "config-broken": {
    who: "usage",
    when: "the config does not run; with the file and line that failed",
  },
  "config-invalid": {
    who: "usage",
    when: "the config has a field or value that it cannot have; with file, line and field",
    hint: "see `kernlane init` for a config with every field explained",
  },
  "inspect-misused": {
    who: "usage",
    when: "`kernlane inspect` was given arguments that do not go together",
    hint: "see: kernlane inspect --help",
  },
  "copy-exists": { who: "usage", when: "`kernlane inspect cp` would overwrite a file" },
  "config-exists": { who: "usage", when: "`kernlane init` would overwrite a config" },
  "config-not-written": { who: "usage", when: "`kernlane init` cannot write into this folder" },
  "lane-file-unreadable": {
    who: "usage",
    when: "a file of this host that the lane puts into the guest cannot be read",
    hint: "the path is relative to the config",
  },
  "out-not-writable": {
    who: "usage",
    when: "the folder of the run or the log that `--serial-log` names cannot be made or written",
    hint: "name a folder of your own with --out",
  },
  "out-in-use": {
    who: "usage",
    when: "the folder belongs to a run that has not ended, or to one of another host or container",
    hint: "name another folder with --out; if that run is dead, remove run.lock in its folder",
  },
  "run-unknown": {
    who: "usage",
    when: "`kernlane runs` was given something that is no run's folder",
    hint: "see: kernlane runs list",
  },
  "out-not-a-run": {
    who: "usage",
    when: "the folder that `--out` names holds something else than an earlier run",
    hint: "name another folder with --out",
  },
  "run-in-progress": {
    who: "usage",
    when: "`kernlane judge` was given a run that has not ended",
    hint: "wait until it ends, or look at its console: kernlane console; if that run is dead, remove run.lock in its folder",
  },
  "crash-unknown": {
    who: "usage",
    when: "`kernlane crashes` was given what is no crash's id or title, or the first digits of several ids, or one whose file is damaged",
    hint: "kernlane crashes list shows them",
  },
  "not-a-run": {
    who: "usage",
    when: "the folder is not that of a run or of a column",
  },
  "events-damaged": {
    who: "usage",
    when: "the `events.jsonl` of a run has a line that is no event",
  },
  "events-incomplete": {
    who: "usage",
    when: "the `events.jsonl` of a run is missing, or does not begin with what the run was asked for",
  },
  "image-missing": {
    who: "usage",
    when: "a lane with FreeBSD guests has no image",
    hint: "give --image FILE, or `image` in the lane; `kernlane image fetch freebsd-15.0-release` gets an official one",
  },
  "stock-is-the-image": {
    who: "usage",
    when: "a kernel was given for the column `stock`, which is always the image's own kernel",
    hint: "give the kernel another name, such as that of its configuration",
  },
  "unknown-column": {
    who: "usage",
    when: "the lane has no kernel of that name",
  },
  "kernel-ambiguous": {
    who: "usage",
    when: "one kernel is needed, and the lane has several",
  },
  "stage-needs-disk": {
    who: "usage",
    when: "`kernlane stage` was given a lane whose guests have no disk",
    hint: "name a lane with FreeBSD guests, such as twq",
  },
  "staged-exists": {
    who: "usage",
    when: "the image that `kernlane stage` would make exists already",
    hint: "remove it, or name another",
  },
  "console-ambiguous": {
    who: "usage",
    when: "a run has several columns, and it is not clear whose console is meant",
    hint: "name the folder of the column",
  },
  "console-two-writers": {
    who: "usage",
    when: "somebody else is typing at the console already",
    hint: "watch it with --read-only, or wait until they leave",
  },
  "console-of-nothing": {
    who: "usage",
    when: "the path that `kernlane console` was given is not the folder of a run",
    hint: "runs are kept in .kernlane/runs/ unless --out named another place; a lane is given by its name",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
