/** Where the state of work queues hooks into a FreeBSD kernel's own sources, and which trees that refuses. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { planOverlay } from "../src/guests/freebsd/source-tree/overlay-plan.js";
import { openSourceTree } from "../src/guests/freebsd/source-tree/source-tree.js";
import { formatUnifiedDiff } from "../src/guests/freebsd/source-tree/unified-diff.js";
import {
  change,
  expectRefusal,
  HOOKED_FILES,
  plantTree,
  read,
  readTree,
  replace,
  tree,
} from "./source-tree.js";
import { kernlane } from "./cli-process.js";

describe("kernlane kernel overlay", () => {
  it.each([
    ["13", /FreeBSD 13\.1-RELEASE-p7: the scaffold only; options THRWORKQ_STATE needs 14\.0/],
    ["14", /^$/],
    ["15", /^$/],
  ])("says of a FreeBSD %s tree whether state fits", async (release, said) => {
    plantTree(release);
    const { status, stdout, stderr } = await kernlane(["kernel", "overlay", "--src", tree]);
    expect(stderr).toMatch(said);
    expect(stdout.includes("sys/kern/kern_thrworkq_state.c")).toBe(release !== "13");
    expect(status).toBe(0);
  });
});

describe.each(["14", "15"])("the state's hooks in a FreeBSD %s tree", (release) => {
  beforeEach(() => plantTree(release));

  it.each([
    [
      "sys/sys/proc.h",
      "\tSLIST_HEAD(, epoch_tracker) td_epochs;\n#endif\n{begin}\tstruct twq_thread *td_twq;\t{…}\n{end}};\n\nstruct thread0_storage",
    ],
    ["sys/sys/proc.h", "\n{begin}\tstruct twq_proc\t*p_twq;\t\t{…}\n{end}};\n\nstruct proc *pfind"],
    [
      "sys/kern/kern_exec.c",
      "{begin}\tif (error == EJUSTRETURN)\n\t\ttwq_exec(td);\n{end}\texec_cleanup(td, oldvmspace);\n}\n",
    ],
    ["sys/kern/kern_thr.c", "{begin}\ttwq_thread_exit(td);\n{end}\tumtx_thread_exit(td);\n"],
    [
      "sys/kern/kern_thread.c",
      "{begin}\t\t\ttwq_thread_exit(td);\n{end}\t\t\tumtx_thread_exit(td);\n",
    ],
    [
      "sys/kern/kern_synch.c",
      "{begin}\ttwq_switch_out(td, flags);\n{end}\tsched_switch(td, flags);\n{begin}\ttwq_switch_in(td);\n{end}\tCTR1",
    ],
  ])("stand at their places: %s", (path, expected) => {
    change("apply");
    const [before = "", after = ""] = expected
      .replaceAll("{begin}", "/* kernlane overlay: begin */\n")
      .replaceAll("{end}", "/* kernlane overlay: end */\n")
      .split("{…}");
    const text = read(path);
    expect(text).toContain(before);
    expect(text.slice(text.indexOf(before) + before.length)).toContain(after);
  });

  it.each(HOOKED_FILES.filter((path) => path !== "sys/sys/proc.h"))(
    "see their declarations: %s",
    (path) => {
      change("apply");
      expect(read(path)).toContain(
        "#include <sys/proc.h>\n/* kernlane overlay: begin */\n#include <kern/kern_thrworkq_hooks.h>\n",
      );
    },
  );

  /** A tree that has moved on: the place is gone, is there twice, or has moved to where it means something else. */
  it.each([
    ["sys/sys/proc.h", /struct thread \{/, "struct lwp {", /proc\.h has struct thread nowhere/],
    ["sys/sys/proc.h", /struct proc \{/, "struct process {", /proc\.h has struct proc nowhere/],
    [
      "sys/sys/proc.h",
      /\n\};\n\nstruct proc \*pfind/,
      "\n} __aligned(16);\n\nstruct fork_req {\n\tint fr_flags;\n};\n\nstruct proc *pfind",
      /proc\.h: struct proc has the line "\};" nowhere/,
    ],
    [
      "sys/kern/kern_exec.c",
      /\texec_cleanup\(td, oldvmspace\);\n\}/,
      "\texec_cleanup(td);\n}",
      /kern_exec\.c: post_execve\(\) has the line "exec_cleanup\(td, oldvmspace\);" nowhere/,
    ],
    [
      "sys/kern/kern_exec.c",
      "post_execve(",
      "execve_post(",
      /kern_exec\.c has post_execve\(\) nowhere/,
    ],
    [
      "sys/kern/kern_thr.c",
      "\tumtx_thread_exit(td);\n",
      "",
      /kern_thr\.c: sys_thr_exit\(\) has the line "umtx_thread_exit\(td\);" nowhere/,
    ],
    [
      "sys/kern/kern_thread.c",
      "\t\t\tumtx_thread_exit(td);\n",
      "\t\t\tumtx_thread_exit(td);\n\t\t\tumtx_thread_exit(td);\n",
      /kern_thread\.c: thread_suspend_check\(\) has the line .* 2 times/,
    ],
    [
      "sys/kern/kern_synch.c",
      "sched_switch(td, flags)",
      "sched_switch(td, newtd, flags)",
      /kern_synch\.c: mi_switch\(\) has the line "sched_switch\(td, flags\);" nowhere/,
    ],
    [
      "sys/kern/kern_synch.c",
      "#include <sys/proc.h>",
      "#include <sys/thread.h>",
      /kern_synch\.c has the line "#include <sys\/proc\.h>" nowhere/,
    ],
  ])("refuse a tree that has moved on: %s without %s", (path, found, changed, message) => {
    replace(path, found, changed);
    expectRefusal("apply", "overlay-no-place", message);
  });

  it.each(HOOKED_FILES)("refuse a tree without %s", (path) => {
    rmSync(join(tree, path));
    expectRefusal("apply", "source-file-unreadable", new RegExp(`${path} cannot be read`));
  });

  it.each([
    ["sys/sys/proc.h", "struct twq_proc\t*p_twq", "struct twq_proc\t*p_queue"],
    ["sys/kern/kern_exec.c", "\t\ttwq_exec(td);", "\t\ttwq_exec(curthread);"],
    ["sys/kern/kern_synch.c", "/* kernlane overlay: end */\n", ""],
  ])("refuse to revert over a block that was edited: %s", (path, found, changed) => {
    change("apply");
    replace(path, found, changed);
    expectRefusal("revert", "overlay-edited", new RegExp(`${path}:\\d+`));
  });

  it("complete a file of which one block was taken out by hand", () => {
    change("apply");
    const whole = readTree();
    replace(
      "sys/kern/kern_synch.c",
      "/* kernlane overlay: begin */\n\ttwq_switch_in(td);\n/* kernlane overlay: end */\n",
      "",
    );
    change("apply");
    expect(readTree()).toEqual(whole);
  });

  it("are a hunk each in the diff", () => {
    const changes = planOverlay(openSourceTree(tree), "apply");
    const diff = formatUnifiedDiff(changes.find(({ path }) => path === "sys/sys/proc.h")!);
    expect(diff.match(/^@@ /gm)).toHaveLength(2);
    expect(diff.match(/^\+/gm)).toHaveLength(1 + 2 * 3);
    expect(diff.match(/^-(?!--)/gm)).toBeNull();
  });
});
