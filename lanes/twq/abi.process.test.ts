import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkLayout } from "../../src/structs/headers/check-layout.js";
import { packageRoot } from "../../src/host/paths.js";
import * as abi from "./abi.js";

const linuxHeader = join(packageRoot(), "kernel", "linux", "twq", "twq_abi.h");
const freebsdHeader = join(packageRoot(), "kernel", "freebsd", "new", "sys", "sys", "thrworkq.h");

const structures = {
  "struct twq_init_args": abi.initArgs,
  "struct twq_reqthreads_args": abi.reqthreadsArgs,
  "struct twq_should_narrow_args": abi.shouldNarrowArgs,
  "struct twq_thread_transfer_args": abi.threadTransferArgs,
  "struct twq_dispatch_config": abi.dispatchConfig,
};

describe.each([
  ["the twin's header", linuxHeader, "x86_64-linux-gnu"],
  ["the FreeBSD tree's header", freebsdHeader, "x86_64-unknown-freebsd"],
])("%s", (_, header, target) => {
  const defines = definesOf(header);

  test.each(Object.entries(structures))("lays out %s as it is here", async (name, described) => {
    await checkLayout(described, header, name, { target });
  });

  test("has no other structures", () => {
    const names = readFileSync(header, "utf8").matchAll(/^(struct \w+) \{$/gm);
    expect([...names].map(([, name]) => name).toSorted()).toEqual(
      Object.keys(structures).toSorted(),
    );
  });

  test("knows the operations by the same numbers", () => {
    const found = Object.entries(defines).filter(([name]) => name.startsWith("TWQ_OP_"));
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        Object.entries(abi.operations).map(([name, value]) => [`TWQ_OP_${name}`, value]),
      ),
    );
  });

  test("has the same versions, features and priorities", () => {
    expect(defines).toMatchObject({
      TWQ_SPI_VERSION: abi.SPI_VERSION,
      TWQ_ARGS_VERSION: abi.ARGS_VERSION,
      TWQ_DISPATCH_VERSION: abi.DISPATCH_VERSION,
      TWQ_FEATURE_DISPATCHFUNC: abi.FEATURE_DISPATCHFUNC,
      TWQ_FEATURE_MAINTENANCE: abi.FEATURE_MAINTENANCE,
      TWQ_PRIORITY_OVERCOMMIT: abi.OVERCOMMIT,
    });
    const shift = defines["TWQ_PRIORITY_CLASS_SHIFT"]!;
    const classes = Object.keys(abi.qosClass).map(
      (name) => `TWQ_CLASS_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`,
    );
    expect(classes.map((name) => defines[name]! << shift)).toEqual(Object.values(abi.qosClass));
    expect(Object.values(abi.qos)).toEqual(classes.map((_, bucket) => 1 << (bucket + shift)));
  });
});

test("the twin's header has the slot, and all features in one", () => {
  expect(definesOf(linuxHeader)).toMatchObject({
    TWQ_SYSCALL: abi.TWQ_KERNRETURN,
    TWQ_FEATURES: abi.FEATURES,
  });
  expect(abi.FEATURES).toBe(abi.FEATURE_DISPATCHFUNC | abi.FEATURE_MAINTENANCE);
});

function definesOf(header: string): Readonly<Record<string, number>> {
  const lines = readFileSync(header, "utf8").matchAll(/^#define\s+(\w+)\s+(0x[0-9a-f]+|\d+)\b/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name!, Number(value)]));
}
