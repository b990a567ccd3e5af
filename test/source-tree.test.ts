import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openSourceTree } from "../src/guests/freebsd/source-tree/source-tree.js";
import { FIXTURES, plantTree, replace, scratch, tree } from "./source-tree.js";

const TABLE = "sys/kern/syscalls.master";

describe("openSourceTree", () => {
  beforeEach(() => plantTree("15"));

  it.each([
    ["13", "13.1-RELEASE-p7"],
    ["14", "14.3-STABLE"],
    ["15", "15.0-STABLE"],
  ])("names the release of a %s tree", (release, expected) => {
    expect(openSourceTree(join(FIXTURES, release)).release).toBe(expected);
  });

  it("refuses a missing folder", () => {
    expect(() => openSourceTree(join(scratch, "none"))).toThrow(
      expect.objectContaining({ code: "source-tree-not-found", who: "usage" }),
    );
  });

  it("refuses a tree without what the overlay changes, naming it", () => {
    rmSync(join(tree, TABLE));
    expect(() => openSourceTree(tree)).toThrow(/no FreeBSD source tree: it has no .*syscalls/);
  });

  it("refuses another BSD's tree", () => {
    replace("sys/conf/newvers.sh", 'TYPE="FreeBSD"', 'TYPE="DragonFly"');
    expect(() => openSourceTree(tree)).toThrow(/TYPE="DragonFly"/);
  });

  it("refuses a release whose table has another form", () => {
    replace("sys/conf/newvers.sh", '"15.0"', '"12.4"');
    expect(() => openSourceTree(tree)).toThrow(
      expect.objectContaining({ code: "source-tree-too-old" }),
    );
  });
});
