/**
 * Whatever the image's loader reads, and in whatever order: after staging it hears what it is to hear, or staging is refused.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openImage } from "../../src/disk/open-image.js";
import { planFiles } from "../../src/disk/ufs2/plan.js";
import { openFreebsdImage, type FreebsdImage } from "../../src/guests/freebsd/image.js";
import { loaderVariables } from "../../src/guests/freebsd/loader-text.js";
import { effectiveSetting, readLoaderSettings } from "../../src/guests/freebsd/loader-settings.js";
import type { Tree } from "./freebsd-tree.js";
import { openEdited } from "./model.js";
import { makeDisk, makeKernel, stageGuest, usedTree } from "./staged-guest.js";
import { applyEdits, scratchPath } from "./tools.js";

const kernel = makeKernel("TWQDEBUG", new Uint8Array(0));
const OURS = "/boot/loader.conf.d/kernlane.conf";
const LOCAL = "/boot/loader.conf.local";

const defaults13 = [
  'kernel="kernel"',
  'loader_conf_files="/boot/device.hints /boot/loader.conf /boot/loader.conf.local"',
  'loader_conf_dirs="/boot/loader.conf.d"',
  'nextboot_conf="/boot/nextboot.conf"',
  "",
].join("\n");

const runsLua = {
  "boot/lua/config.lua":
    '-- loader_conf_dirs local_loader_conf_files product_vars name:match(".lua$")\n',
  "boot/loader.conf": 'loader_conf_files="/boot/a.lua"\n',
};

/** Loaders and settings, and the file that has the last word after staging. */
const guests: readonly (readonly [name: string, tree: Tree, file: string])[] = [
  ["a 15 with a directory for our file", {}, OURS],
  [
    "a 15 whose user has a file there that chooses another kernel",
    { "boot/loader.conf.d/50-mine.conf": 'kernel="mine"\n' },
    OURS,
  ],
  [
    "a 15 whose loader.conf.local chooses another kernel",
    { "boot/loader.conf.local": 'if_mine_load="YES"\nkernel="mine"\n' },
    LOCAL,
  ],
  [
    "a 15 whose loader.conf.local wants another console",
    { "boot/loader.conf.local": 'console="vidconsole"' },
    LOCAL,
  ],
  [
    "a 13, whose local file comes before the directory",
    {
      "boot/defaults/loader.conf": defaults13,
      "boot/lua/config.lua": "-- loader_conf_dirs\n",
      "boot/loader.conf.local": 'kernel="mine"\n',
    },
    OURS,
  ],
  [
    "a 12, which knows no directory",
    { "boot/defaults/loader.conf": defaults13, "boot/lua/config.lua": "-- loader_conf_files\n" },
    LOCAL,
  ],
  [
    "the Forth loader",
    {
      "boot/defaults/loader.conf": defaults13,
      "boot/loader": "\0/boot/loader.rc\0",
      "boot/loader.4th": "\\ forth\n",
    },
    LOCAL,
  ],
  [
    "a machine's folder that chooses another kernel, by product_vars",
    {
      "boot/lua/config.lua": "-- loader_conf_dirs local_loader_conf_files product_vars\n",
      "boot/loader.conf": 'product_vars="smbios.system.maker"\n',
      "boot/loader.conf.d/QEMU/local.conf": 'kernel="mine"\n',
    },
    LOCAL,
  ],
  [
    "Lua in front of ours that may have more folders read",
    { ...runsLua, "boot/a.lua": 'product_vars = "smbios.system.maker"\nkernel = "mine"\n' },
    LOCAL,
  ],
  [
    "a boot chosen once",
    { "boot/nextboot.conf": 'nextboot_enable="YES"\nkernel="other"\nconsole="vidconsole"\n' },
    OURS,
  ],
];

function heard(image: FreebsdImage, slot: string) {
  const settings = readLoaderSettings(image);
  const variables = loaderVariables(slot, false);
  const found = Object.keys(variables).map((name) => [
    name,
    effectiveSetting(settings, name)?.value,
  ]);
  return { found: Object.fromEntries(found) as unknown, variables, settings };
}

test.each(guests)("%s: every variable is what was wanted", async (_, tree, file) => {
  const base = makeDisk({ ...usedTree, ...tree });
  for (const [slot, kernels] of [
    ["TWQDEBUG", { TWQDEBUG: kernel }],
    ["kernel", {}],
  ] as const) {
    const { path } = await stageGuest(base, { kernels });
    using image = openFreebsdImage(path);
    const { found, variables, settings } = heard(image, slot);
    expect(found).toEqual(variables);
    expect(effectiveSetting(settings, "kernel")?.file).toBe(file);
    expect(settings.malformed).toEqual([]);
  }
});

test("our lines go into the lane's own loader.conf.local, whose other lines are kept", async () => {
  const own = scratchPath("loader.conf.local");
  writeFileSync(own, 'if_mine_load="YES"\nkernel="mine"\n');
  const { path } = await stageGuest(makeDisk(), {
    kernels: { TWQDEBUG: kernel },
    lane: { files: { [LOCAL]: own } },
  });
  using image = openFreebsdImage(path);
  const { found, settings } = heard(image, "TWQDEBUG");
  expect(found).toEqual(loaderVariables("TWQDEBUG", false));
  expect(effectiveSetting(settings, "if_mine_load")?.value).toBe("YES");
});

test("a file that lies behind ours in the directory is overridden from loader.conf.local", async () => {
  const first = await stageGuest(makeDisk(), { kernels: { TWQDEBUG: kernel }, format: "raw" });
  using disk = openImage(first.path);
  const content = Buffer.from('kernel="zz"\nautoboot_delay="10"\n');
  // A new name goes behind those that are there.
  const change = { kind: "file", path: "/boot/loader.conf.d/aa.conf", content } as const;
  const later = applyEdits(first.path, planFiles(openEdited(disk), [change], { timeSeconds: 1 }));
  const { path } = await stageGuest(later, { kernels: { TWQDEBUG: kernel } });
  using image = openFreebsdImage(path);
  const { found, settings } = heard(image, "TWQDEBUG");
  expect(found).toEqual(loaderVariables("TWQDEBUG", false));
  expect(effectiveSetting(settings, "kernel")?.file).toBe(LOCAL);
});

test.each([
  ["before those of the image, when its own are staged", true],
  ["after them, when none are asked for", false],
])("a slot is looked for modules %s", async (_, hasModules) => {
  const folder = scratchPath("objects");
  const built = makeKernel("TWQDEBUG", new Uint8Array(0), join(folder, "kernel"));
  if (hasModules) makeKernel("module", new Uint8Array(0), join(folder, "mine.ko"));
  const { path } = await stageGuest(makeDisk(), {
    kernels: { TWQDEBUG: built },
    withModules: hasModules,
  });
  using image = openFreebsdImage(path);
  const value = effectiveSetting(readLoaderSettings(image), "module_path")?.value;
  const own = "/boot/TWQDEBUG";
  const images = "/boot/kernel;/boot/modules";
  expect(value).toBe(hasModules ? `${own};${images}` : `${images};${own}`);
});

test("lines of the user's own are kept, and a second staging replaces the first one's block", async () => {
  const own = '# mine\nif_mine_load="YES"\nkernel="mine"';
  const base = makeDisk({ ...usedTree, "boot/loader.conf.local": own });
  const first = await stageGuest(base, { kernels: { TWQDEBUG: kernel }, format: "raw" });
  const other = makeKernel("OTHER", new Uint8Array(0));
  const second = await stageGuest(first.path, { kernels: { OTHER: other } });
  for (const [staged, slot] of [
    [first, "TWQDEBUG"],
    [second, "OTHER"],
  ] as const) {
    using image = openFreebsdImage(staged.path);
    const text = image.readText(LOCAL)!;
    expect(text.startsWith(`${own}\n# kernlane begin`)).toBe(true);
    expect(text.match(/# kernlane begin/g)).toHaveLength(1);
    expect(text.match(/^kernel="/gm)).toHaveLength(2);
    expect(heard(image, slot).found).toEqual(loaderVariables(slot, false));
  }
  using image = openFreebsdImage(second.path);
  expect(image.typeAt("/boot/TWQDEBUG/kernel")).toBe("file");
});

test("Lua behind ours that names nothing of it is told of", async () => {
  const tree = {
    ...runsLua,
    "boot/loader.conf": 'local_loader_conf_files="/boot/loader.conf.local /boot/last.lua"\n',
    "boot/last.lua": 'boot_verbose = "YES"\n',
  };
  const base = makeDisk({ ...usedTree, ...tree });
  const { plan } = await stageGuest(base, { kernels: { TWQDEBUG: kernel } });
  expect(plan.staging.notices).toContainEqual(
    expect.stringContaining("/boot/last.lua is Lua, which the loader runs"),
  );
});

const LOADERS_THAT_HEAR_NOTHING: readonly (readonly [name: string, tree: Tree, words: string])[] = [
  ["no defaults at all", { "boot/defaults/loader.conf": "" }, "kernel is not read at all"],
  [
    "a 15's defaults under the Forth loader, which reads neither directories nor local files",
    { "boot/loader": "\0/boot/loader.rc\0", "boot/loader.4th": "\\ forth\n" },
    'kernel is "kernel" by /boot/defaults/loader.conf:1',
  ],
  [
    "Lua behind the local file that names the kernel",
    {
      ...runsLua,
      "boot/loader.conf": 'local_loader_conf_files="/boot/loader.conf.local /boot/last.lua"\n',
      "boot/loader.conf.d/QEMU.conf": 'kernel="mine"\n',
      "boot/last.lua": 'if loader.getenv then kernel = "mine" end\n',
    },
    "/boot/last.lua is Lua, which the loader runs after it, and it names kernel",
  ],
  [
    "a local file that names a later one which chooses the kernel",
    {
      "boot/loader.conf.local": 'loader_conf_files="/boot/last.conf"\n',
      "boot/last.conf": 'kernel="last"\n',
    },
    'kernel is "last" by /boot/last.conf:1',
  ],
];

test.each(LOADERS_THAT_HEAR_NOTHING)(
  "%s: refused, with what is in the way",
  async (_, tree, words) => {
    const base = makeDisk({ ...usedTree, ...tree });
    await expect(stageGuest(base, { kernels: { TWQDEBUG: kernel } })).rejects.toMatchObject({
      code: "loader-overridden",
      who: "image",
      message: expect.stringContaining(words) as string,
    });
  },
);
