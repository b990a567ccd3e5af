import "../../lanes/register.js";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { LaneError } from "../base/errors.js";
import { loadConfig, selectLane } from "./config.js";
import { resolveRequest } from "./request.js";
import { tempFolder } from "../../test/temp-folder.js";

function configFile(text: string): string {
  const path = join(tempFolder("config"), "kernlane.config.ts");
  writeFileSync(path, text);
  return path;
}

const good = `import { defineConfig, syscall } from "kernlane";
export default defineConfig({
  lanes: {
    one: { guest: "linux", probe: [syscall({ nr: 39 })], files: { "/bin/x": "./x" } },
    two: { guest: "linux", probe: [syscall({ nr: 39 })], machine: { cpus: 4 } },
  },
});
`;

test("loads a config in TypeScript, with paths relative to it", async () => {
  const loaded = await loadConfig(configFile(good));
  const request = resolveRequest(selectLane(loaded, "one"), {});
  expect(request).toMatchObject({ lane: "one", guest: "linux", cpus: 1, memoryMiB: 512 });
  expect(request.files["/bin/x"]).toBe(join(loaded!.folder, "x"));
});

test("the command line overrides the lane", async () => {
  const lane = selectLane(await loadConfig(configFile(good)), "two");
  expect(resolveRequest(lane, {}).cpus).toBe(4);
  expect(resolveRequest(lane, { cpus: 2, memory: "1G", kernels: { mine: "/k" } })).toMatchObject({
    cpus: 2,
    memoryMiB: 1024,
    columns: [{ kernel: "mine", file: "/k" }],
  });
});

test.each([
  ["a missing config", undefined, "config-missing"],
  ["a text that does not parse", "export default {", "config-broken"],
  ["a default export that is no config", "export default 7;", "config-invalid"],
])("refuses %s", async (_, text, code) => {
  const path = text === undefined ? "/nowhere/kernlane.config.ts" : configFile(text);
  await expect(loadConfig(path)).rejects.toMatchObject({ code, who: "usage" });
});

test.each(["module.exports =", "exports.default ="])(
  "takes what CommonJS exports with %s",
  async (exports) => {
    const path = join(tempFolder("config"), "kernlane.config.cjs");
    writeFileSync(
      path,
      `const { syscall } = require("kernlane");
${exports} { default: "one", lanes: { one: { guest: "linux", probe: [syscall({ nr: 39 })] } } };`,
    );
    const { config } = (await loadConfig(path))!;
    expect(config).toMatchObject({ default: "one", lanes: { one: { guest: "linux" } } });
  },
);

test("names file, line and field of a wrong value, and the field that was meant", async () => {
  const wrong = configFile(good.replace("cpus: 4", 'cpus: "four"'));
  await expect(loadConfig(wrong)).rejects.toThrow(`${wrong}:5: lanes.two.machine.cpus: `);
  const mistyped = configFile(good.replace("machine:", "machin:"));
  await expect(loadConfig(mistyped)).rejects.toThrow(
    /:5: lanes\.two\.machin: .* did you mean machine\?/,
  );
});

test("names the line where a builder refused its arguments", async () => {
  const path = configFile(
    good.replace("nr: 39 })], machine", 'nr: 39, expect: "EINVALL" })], machine'),
  );
  await expect(loadConfig(path)).rejects.toMatchObject({
    code: "unknown-outcome-name",
    hint: "did you mean EINVAL?",
  });
  await expect(loadConfig(path)).rejects.toThrow(`${path}:5: `);
});

test("a mistake in a step has its own hint or none, not that of a config of the wrong shape", async () => {
  for (const step of ["syscall({ nr: -1 })", "thread('t', [])"]) {
    const path = configFile(
      `import { syscall, thread } from "kernlane";\nexport default { lanes: { one: { guest: "linux", probe: [${step}] } } };`,
    );
    const error = (await loadConfig(path).catch((thrown: unknown) => thrown)) as LaneError;
    expect(error.message).toContain(`${path}:2: `);
    expect(error.code).toMatch(/^step-/);
    expect(error.hint ?? "").not.toContain("default export");
  }
});

test.each([
  ["{}", "lanes: expected lanes by name: { NAME: defineLane({ … }) }"],
  ["{ lanes: [] }", "lanes: expected lanes by name"],
  ['{ lanes: { "a b": { guest: "linux", probe: [] } } }', "expected the name of a lane in letters"],
  [
    '{ lanes: { a: { guest: "linux", probe: [], kernels: { b: 7 } } } }',
    'lanes.a.kernels.b: expected the path of a file, "auto", or',
  ],
  ["{ lanes: {}, wholly: 1 }", "there is no such field; the fields are default, lanes"],
])("says of the config %s what was expected", async (text, words) => {
  await expect(loadConfig(configFile(`export default ${text};`))).rejects.toThrow(words);
});

test("says of the default export null what it is", async () => {
  await expect(loadConfig(configFile("export default null;"))).rejects.toMatchObject({
    code: "config-invalid",
    message: expect.stringContaining("the default export is null") as string,
  });
});

test("asks for a lane's name where there are several, and suggests the nearest", async () => {
  const loaded = await loadConfig(configFile(good));
  expect(() => selectLane(loaded, undefined)).toThrow(/2 lanes and no default: one, two/);
  expect(() => selectLane(loaded, "tow")).toThrow(
    expect.objectContaining({ code: "unknown-lane" }) as Error,
  );
  expect(selectLane(undefined, undefined).name).toBe("linux");
});

test.each(["../x", "", "step", "a b", ".", "record.json"])("refuses the kernel name %j", (name) => {
  const lane = selectLane(undefined, "linux");
  expect(() => resolveRequest(lane, { kernels: { [name]: "/k" } })).toThrow(
    /found the kernel name/,
  );
});

test.each([0, -1, 1.5, 1000])("refuses %d cpus", (cpus) => {
  expect(() => resolveRequest(selectLane(undefined, "linux"), { cpus })).toThrow(
    /expected a whole number/,
  );
});

test("refuses an image for a lane that boots its kernel directly", () => {
  const lane = selectLane(undefined, "linux");
  expect(() => resolveRequest(lane, { image: "disk.raw" })).toThrow(/have no disk/);
});

test("is read again each time, with what it imports, and tells which files it read", async () => {
  const path = configFile(
    `import { probe } from "./probe.js";
export default { lanes: { one: { guest: "linux", probe } } };`,
  );
  const probe = join(dirname(path), "probe.ts");
  for (const nr of [39, 40]) {
    writeFileSync(
      probe,
      `import { syscall } from "kernlane";\nexport const probe = [syscall({ name: "p", nr: ${nr} as number })];`,
    );
    const read: string[] = [];
    const loaded = await loadConfig(path, (file) => read.push(file));
    expect(loaded!.config.lanes["one"]!.probe).toMatchObject([{ nr }]);
    expect([...new Set(read)].sort()).toEqual([path, probe].sort());
  }
});

test("names the file and line of what the config imports, if the trouble is there", async () => {
  const path = configFile(
    `import { probe } from "./probe.js";\nexport default { lanes: { one: { guest: "linux", probe } } };`,
  );
  const probe = join(dirname(path), "probe.ts");
  writeFileSync(probe, `\nexport const probe = ["never closed];`);
  await expect(loadConfig(path)).rejects.toThrow(`${probe}:2: `);
  writeFileSync(
    probe,
    `import { syscall } from "kernlane";\n\nexport const probe = [syscall({ nr: 1, expect: "EINVALL" })];`,
  );
  await expect(loadConfig(path)).rejects.toThrow(`${probe}:3: `);
});

test("a config in JavaScript is read again too", async () => {
  const path = configFile("").replace(/ts$/, "mjs");
  for (const cpus of [1, 4]) {
    writeFileSync(path, good.replace("cpus: 4", `cpus: ${cpus}`));
    expect((await loadConfig(path))!.config.lanes["two"]!.machine).toEqual({ cpus });
  }
});

test("a request says which config its lane is from, and nothing of a built-in one", async () => {
  const path = configFile(good);
  const loaded = await loadConfig(path);
  expect(resolveRequest(selectLane(loaded, "one"), {}).config).toBe(path);
  expect(resolveRequest(selectLane(loaded, "linux"), {}).config).toBeUndefined();
});
