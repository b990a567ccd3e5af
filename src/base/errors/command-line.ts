import type { ErrorKind } from "./error-kind.js";

export const commandLineErrors = {
  "bad-arguments": {
    who: "usage",
    when: "the command line has a word, an option or a value that the command does not take",
  },
  "image-unused": {
    who: "usage",
    when: "an image for a lane that boots its kernel directly; the lane's name is not known; a config with several lanes and no default",
    hint: "leave --image out; kernels are given with --kernel NAME=FILE",
  },
  "unknown-lane": {
    who: "usage",
    when: "an image for a lane that boots its kernel directly; the lane's name is not known; a config with several lanes and no default",
  },
  "lane-without-steps": {
    who: "usage",
    when: "a run of a lane that has no steps, which would test nothing",
    hint: "write its steps into `probe`; a lane without any is for tests that ask a running guest (kernlane/vitest)",
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
  "config-ambiguous": {
    who: "usage",
    when: "a folder has more than one config",
    hint: "keep one of them, or name it: --config FILE",
  },
  "lane-ambiguous": {
    who: "usage",
    when: "an image for a lane that boots its kernel directly; the lane's name is not known; a config with several lanes and no default",
    hint: "name one, or set `default` in the config",
  },
  "bad-kernel-name": {
    who: "usage",
    when: "a name, number, size or duration that makes no sense",
    hint: 'the name heads a column beside "step" and is a folder of the run: --kernel TWQDEBUG=FILE',
  },
  "bad-cpus": { who: "usage", when: "a name, number, size or duration that makes no sense" },
  "bad-size": {
    who: "usage",
    when: "a name, number, size or duration that makes no sense",
    hint: "write a number and M or G, such as 512M or 2G",
  },
  "bad-duration": {
    who: "usage",
    when: "a name, number, size or duration that makes no sense",
    hint: "write a number and its unit, such as 90s, 1500ms or 2m",
  },
  "config-missing": {
    who: "usage",
    when: "the config is not there, does not run, or holds what it may not; with file, line and field",
    hint: "kernlane init writes one",
  },
  "config-broken": {
    who: "usage",
    when: "the config is not there, does not run, or holds what it may not; with file, line and field",
  },
  "config-invalid": {
    who: "usage",
    when: "the config is not there, does not run, or holds what it may not; with file, line and field",
    hint: "see `kernlane init` for a config with every field explained",
  },
  "inspect-misused": {
    who: "usage",
    when: "`kernlane inspect` was given arguments that do not go together",
    hint: "see: kernlane inspect --help",
  },
  "copy-exists": { who: "usage", when: "`kernlane inspect cp` would overwrite" },
  "config-exists": { who: "usage", when: "`kernlane init` would overwrite, or cannot write" },
  "config-not-written": { who: "usage", when: "`kernlane init` would overwrite, or cannot write" },
  "lane-file-unreadable": {
    who: "usage",
    when: "a host file that the lane puts into the guest cannot be read",
    hint: "the path is relative to the config",
  },
  "out-not-writable": {
    who: "usage",
    when: "the run's folder cannot be written, or holds something else",
    hint: "name a folder of your own with --out",
  },
  "out-not-a-run": {
    who: "usage",
    when: "the run's folder cannot be written, or holds something else",
    hint: "name another folder with --out",
  },
  "not-a-run": {
    who: "usage",
    when: "`kernlane judge` was given something else than a run's events",
  },
  "events-damaged": {
    who: "usage",
    when: "`kernlane judge` was given something else than a run's events",
  },
  "events-incomplete": {
    who: "usage",
    when: "`kernlane judge` was given something else than a run's events",
  },
  "image-missing": {
    who: "usage",
    when: "a FreeBSD lane without an image; a kernel given for the column that is always the image's own",
    hint: "give --image FILE, or `image` in the lane; `kernlane image fetch freebsd-15.0-release` gets an official one",
  },
  "stock-is-the-image": {
    who: "usage",
    when: "a FreeBSD lane without an image; a kernel given for the column that is always the image's own",
    hint: "give the kernel another name, such as that of its configuration",
  },
  "unknown-column": {
    who: "usage",
    when: "the one kernel that is wanted is not there, or there are several and none was named",
  },
  "kernel-ambiguous": {
    who: "usage",
    when: "the one kernel that is wanted is not there, or there are several and none was named",
  },
  "stage-needs-disk": {
    who: "usage",
    when: "`kernlane stage` for a lane without a disk; the image that is to be made is there already",
    hint: "name a lane with FreeBSD guests, such as twq",
  },
  "staged-exists": {
    who: "usage",
    when: "`kernlane stage` for a lane without a disk; the image that is to be made is there already",
    hint: "remove it, or name another",
  },
  "console-ambiguous": {
    who: "usage",
    when: "the console of a run with several columns; of one at which somebody types already; of a folder that is no run",
    hint: "name the folder of the column",
  },
  "console-two-writers": {
    who: "usage",
    when: "the console of a run with several columns; of one at which somebody types already; of a folder that is no run",
    hint: "watch it with --read-only, or wait until they leave",
  },
  "console-of-nothing": {
    who: "usage",
    when: "the console of a run with several columns; of one at which somebody types already; of a folder that is no run",
    hint: "runs are kept in .kernlane/runs/ unless --out named another place; a lane is given by its name",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
