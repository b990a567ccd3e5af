/**
 * The overlay on trees of three releases' shape (`test/fixtures/freebsd-src/`): what goes in comes out again byte for
 * byte, and nothing that is somebody else's is touched.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, cpSync, readFileSync } from "node:fs";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { applyChanges } from "../src/guests/freebsd/source-tree/apply-changes.js";
import { planOverlay } from "../src/guests/freebsd/source-tree/overlay-plan.js";
import { openSourceTree } from "../src/guests/freebsd/source-tree/source-tree.js";
import { formatUnifiedDiff } from "../src/guests/freebsd/source-tree/unified-diff.js";
import {
  change,
  expectRefusal,
  FIXTURES,
  HOOKED_FILES,
  plantTree,
  read,
  readTree,
  replace,
  scratch,
  tree,
  write,
} from "./source-tree.js";

const TABLE = "sys/kern/syscalls.master";
const SCAFFOLD_FILES = [
  "sys/amd64/conf/TWQDEBUG",
  "sys/kern/kern_thrworkq.c",
  "sys/sys/thrworkq.h",
] as const;
const STATE_FILES = [
  "sys/amd64/conf/TWQBREAK-OFF-BY-ONE",
  "sys/amd64/conf/TWQBREAK-TEARDOWN",
  "sys/amd64/conf/TWQSTATE",
  "sys/kern/kern_thrworkq.h",
  "sys/kern/kern_thrworkq_hooks.h",
  "sys/kern/kern_thrworkq_life.c",
  "sys/kern/kern_thrworkq_ops.c",
  "sys/kern/kern_thrworkq_state.c",
  "sys/kern/kern_thrworkq_stats.c",
  "sys/kern/kern_thrworkq_switch.c",
] as const;
const NEW_FILES = [...SCAFFOLD_FILES, ...STATE_FILES];
const LISTS = [TABLE, "sys/conf/files", "sys/conf/options"] as const;
const ENTRY = [
  "468\tAUE_NULL\tSTD {",
  "\t\tint twq_kernreturn(",
  "\t\t    int op,",
  "\t\t    _Inout_opt_ void *arg2,",
  "\t\t    int arg3,",
  "\t\t    int arg4",
  "\t\t);",
  "\t}",
];

describe.each(["13", "14", "15"])("the overlay on a FreeBSD %s tree", (release) => {
  beforeEach(() => plantTree(release));

  it("adds its files and changes those that it names, no others", () => {
    const expected =
      release === "13" ? [...SCAFFOLD_FILES, ...LISTS] : [...NEW_FILES, ...LISTS, ...HOOKED_FILES];
    const before = readTree();
    change("apply");
    const after = readTree();
    const differing = [...after.keys()].filter((path) => before.get(path) !== after.get(path));
    expect(differing.sort()).toEqual([...expected].sort());
  });

  it("puts twq_kernreturn into slot 468 and leaves each other number what it was", () => {
    const before = tableNumbers();
    change("apply");
    const lines = read(TABLE).split("\n");
    const at = lines.indexOf(ENTRY[0]!);
    expect(lines.slice(at, at + ENTRY.length)).toEqual(ENTRY);
    expect(tableNumbers()).toEqual(
      before.map(([number, type]) => (number === 468 ? [468, "STD"] : [number, type])),
    );
  });

  it("lists its sources between their neighbours and its options before all others", () => {
    change("apply");
    expect(read("sys/conf/files")).toMatch(
      /\nkern\/kern_thread\.c\t\tstandard\n# kernlane overlay: begin\nkern\/kern_thrworkq\.c\t\tstandard\n/,
    );
    expect(read("sys/conf/files")).toMatch(
      /\n# kernlane overlay: end\nkern\/kern_time\.c\t\tstandard\n/,
    );
    expect(read("sys/conf/options")).toMatch(/^#[^]*?\nTHRWORKQ\t\topt_thrworkq\.h\n[^]*AAC_DEBUG/);
  });

  it("changes nothing when it is applied again", () => {
    change("apply");
    const once = readTree();
    expect(planOverlay(openSourceTree(tree), "apply")).toEqual([]);
    change("apply");
    expect(readTree()).toEqual(once);
  });

  it("comes out again byte for byte, modes included", () => {
    chmodSync(join(tree, TABLE), 0o640);
    const before = readTree();
    change("apply");
    change("revert");
    expect(readTree()).toEqual(before);
    expect(statSync(join(tree, TABLE)).mode & 0o777).toBe(0o640);
    expect(planOverlay(openSourceTree(tree), "revert")).toEqual([]);
  });

  it("keeps what others change in the same files meanwhile", () => {
    change("apply");
    for (const [path, line] of [
      [TABLE, "; a remark at the end\n"],
      ["sys/conf/files", "kern/zzz.c\tstandard\n"],
      ["sys/conf/options", "ZZZ\n"],
    ] as const) {
      appendFileSync(join(tree, path), line);
      writeFileSync(join(tree, path), `# first\n${read(path)}`);
    }
    const expected = (path: string, line: string): string =>
      `# first\n${readFileSync(join(FIXTURES, release, path), "utf8")}${line}`;
    change("revert");
    expect(read(TABLE)).toBe(expected(TABLE, "; a remark at the end\n"));
    expect(read("sys/conf/files")).toBe(expected("sys/conf/files", "kern/zzz.c\tstandard\n"));
    expect(read("sys/conf/options")).toBe(expected("sys/conf/options", "ZZZ\n"));
  });

  it("round-trips whatever bytes stand around its lines", () => {
    const pristine = new Map([TABLE, "sys/conf/files"].map((path) => [path, read(path)]));
    const noise = fc.array(fc.stringMatching(/^[;#][ -~\t]{0,20}$/), { maxLength: 4 });
    fc.assert(
      fc.property(noise, noise, fc.boolean(), (above, below, newline) => {
        for (const [path, text] of pristine) {
          const tail = below.length > 0 || !newline ? below.join("\n") : "";
          write(path, `${above.map((line) => `${line}\n`).join("")}${text}${tail}`);
        }
        const before = readTree();
        change("apply");
        expect(readTree()).not.toEqual(before);
        change("revert");
        expect(readTree()).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });

  it.each(["apply", "revert"] as const)("shows a diff that patch takes: %s", (direction) => {
    if (direction === "revert") change("apply");
    const changes = planOverlay(openSourceTree(tree), direction);
    const diff = changes.map(formatUnifiedDiff).join("");
    const untouched = readTree();
    const patched = spawnSync("git", ["apply", "--unsafe-paths", "-p1", "-"], {
      cwd: tree,
      input: diff,
      encoding: "utf8",
      env: { ...process.env, GIT_CEILING_DIRECTORIES: scratch },
    });
    expect(patched.stderr).toBe("");
    const byGit = readTree();
    expect(byGit).not.toEqual(untouched);
    for (const { path, after } of changes) expect(byGit.get(path)).toBe(after);
  });
});

describe("the overlay on a tree where something is in its way", () => {
  beforeEach(() => plantTree("15"));

  it("refuses a slot that another call has, and says which", () => {
    replace(
      TABLE,
      "467-470\tAUE_NULL\tRESERVED",
      "467\tAUE_NULL\tRESERVED\n468\tAUE_NULL\tSTD {\n\t\tint frobnicate(\n\t\t    int how\n\t\t);\n\t}\n469-470\tAUE_NULL\tRESERVED",
    );
    expectRefusal("apply", "syscall-slot-taken", /:37: system call 468 is frobnicate/);
  });

  it("refuses a slot that a scaffold of the tree's own has", () => {
    replace(
      TABLE,
      "467-470\tAUE_NULL\tRESERVED",
      ["467\tAUE_NULL\tRESERVED", ...ENTRY, "469-470\tAUE_NULL\tRESERVED"].join("\n"),
    );
    expectRefusal("apply", "syscall-slot-taken", /is twq_kernreturn/);
  });

  it("refuses a table without the slot", () => {
    replace(TABLE, "467-470\tAUE_NULL\tRESERVED\n", "");
    expectRefusal("apply", "syscall-slot-absent", /468/);
  });

  it("refuses a table that has the name under another number", () => {
    replace(TABLE, "timerfd_settime(", "twq_kernreturn(");
    expectRefusal("apply", "syscall-name-taken", /under another number/);
  });

  it("takes a slot whose old call was retired", () => {
    replace(TABLE, "467-470\tAUE_NULL\tRESERVED", "467-468\tAUE_NULL\tOBSOL\told_call");
    change("apply");
    expect(read(TABLE)).toContain("467\tAUE_NULL\tOBSOL\told_call\n468\tAUE_NULL\tSTD {");
  });

  it.each(NEW_FILES)("refuses a %s that is somebody else's", (path) => {
    write(path, "mine\n");
    expectRefusal("apply", "overlay-conflict", new RegExp(`${path} is there`));
  });

  it("refuses an option or a source of the same name", () => {
    appendFileSync(join(tree, "sys/conf/options"), "THRWORKQ\topt_global.h\n");
    expectRefusal("apply", "overlay-conflict", /sys\/conf\/options:\d+: THRWORKQ/);
    replace("sys/conf/options", "THRWORKQ\topt_global.h\n", "");
    appendFileSync(join(tree, "sys/conf/files"), "kern/kern_thrworkq.c\toptional twq\n");
    expectRefusal("apply", "overlay-conflict", /sys\/conf\/files:\d+: kern\/kern_thrworkq\.c/);
  });

  it("refuses lists that are not those of a whole tree", () => {
    write("sys/conf/files", "# nothing\n");
    expectRefusal("apply", "overlay-no-place", /sys\/conf\/files/);
  });

  it.each([
    ["an edited line", "int arg3", "int arg3x"],
    ["a removed end", "; kernlane overlay: end\n", ""],
    ["a removed beginning", /; kernlane overlay: begin.*\n/, ""],
    ["another original", "in place of 467-470", "in place of 466-470"],
    ["a line more", "; kernlane overlay: end", "; more\n; kernlane overlay: end"],
    ["a second block", /(; kernlane overlay: begin[^]*overlay: end\n)/, "$1$1"],
  ])("refuses to revert or apply over its own block with %s", (_what, found, changed) => {
    change("apply");
    replace(TABLE, found, changed);
    expectRefusal("revert", "overlay-edited", /syscalls\.master:\d+/);
    expectRefusal("apply", "overlay-edited", /syscalls\.master:\d+/);
  });

  it("refuses to remove a source of its own that holds somebody's work", () => {
    change("apply");
    appendFileSync(join(tree, "sys/kern/kern_thrworkq.c"), "/* real work */\n");
    expectRefusal("revert", "overlay-conflict", /kern_thrworkq\.c/);
  });

  it("completes an overlay of which a part was taken out by hand", () => {
    change("apply");
    const whole = readTree();
    cpSync(join(FIXTURES, "15", "sys/conf/files"), join(tree, "sys/conf/files"));
    rmSync(join(tree, "sys/sys/thrworkq.h"));
    change("apply");
    expect(readTree()).toEqual(whole);
  });

  it("puts everything back when a file cannot be written", () => {
    const planned = planOverlay(openSourceTree(tree), "apply");
    const before = readTree();
    const impossible = { path: "sys/kern", before: undefined, after: "a file" };
    expect(() => applyChanges(openSourceTree(tree), [...planned, impossible])).toThrow(
      expect.objectContaining({ code: "source-tree-unwritable", who: "host" }),
    );
    expect(readTree()).toEqual(before);
  });

  it("writes nothing at all when a folder is missing", () => {
    const planned = planOverlay(openSourceTree(tree), "apply");
    rmSync(join(tree, "sys/sys"), { recursive: true });
    const before = readTree();
    expect(() => applyChanges(openSourceTree(tree), planned)).toThrow(/proc\.h cannot be/);
    expect(readTree()).toEqual(before);
  });
});

/** Each number of the table with its type, ranges spelled out. */
function tableNumbers(): readonly (readonly [number, string])[] {
  return read(TABLE)
    .split("\n")
    .flatMap((line) => {
      const [, first, last = first, type = ""] = /^(\d+)(?:-(\d+))?\t\S+\t(\S+)/.exec(line) ?? [];
      if (first === undefined) return [];
      const count = Number(last) - Number(first) + 1;
      return Array.from({ length: count }, (_, index) => [Number(first) + index, type] as const);
    });
}
