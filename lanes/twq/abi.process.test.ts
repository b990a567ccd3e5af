import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkLayout } from "../../src/structs/headers/check-layout.js";
import { packageRoot } from "../../src/host/paths.js";
import * as abi from "./abi.js";

const linuxHeader = join(packageRoot(), "kernel", "linux", "twq", "twq_abi.h");
const freebsdHeader = join(packageRoot(), "kernel", "freebsd", "new", "sys", "sys", "thrworkq.h");

test.each([
  ["struct twq_init_args", abi.initArgs],
  ["struct twq_reqthreads_args", abi.reqthreadsArgs],
  ["struct twq_should_narrow_args", abi.shouldNarrowArgs],
  ["struct twq_dispatch_config", abi.dispatchConfig],
])("%s is laid out as the twin's header says", async (name, described) => {
  await checkLayout(described, linuxHeader, name, { target: "x86_64-linux-gnu" });
});

test.each([
  ["the twin", linuxHeader],
  ["the FreeBSD scaffold", freebsdHeader],
])("the operations have the numbers that %s knows them by", (_, header) => {
  const defines = definesOf(header);
  const found = Object.entries(defines).filter(([name]) => name.startsWith("TWQ_OP_"));
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(
      Object.entries(abi.operations).map(([name, value]) => [`TWQ_OP_${name}`, value]),
    ),
  );
});

test("versions, features and priorities are the twin's", () => {
  const classes = Object.values(abi.qos);
  expect(definesOf(linuxHeader)).toMatchObject({
    TWQ_SYSCALL: abi.TWQ_KERNRETURN,
    TWQ_SPI_VERSION: abi.SPI_VERSION,
    TWQ_DISPATCH_VERSION: abi.DISPATCH_VERSION,
    TWQ_FEATURE_DISPATCHFUNC: abi.FEATURE_DISPATCHFUNC,
    TWQ_PRIORITY_OVERCOMMIT: abi.OVERCOMMIT,
    TWQ_PRIORITY_QOS: classes.reduce((sum, bit) => sum | bit, 0),
    TWQ_PRIORITY_QOS_SHIFT: Math.log2(classes[0]!),
  });
  expect(classes).toEqual([...classes].sort((a, b) => a - b));
});

function definesOf(header: string): Readonly<Record<string, number>> {
  const lines = readFileSync(header, "utf8").matchAll(/^#define\s+(\w+)\s+(0x[0-9a-f]+|\d+)\b/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name!, Number(value)]));
}
