/**
 * Bundles the program into dist/: the command line's start, the entries of the library, and in dist/chunks/ what they share. esbuild
 * cuts the sources into pieces by who needs them; rollup joins the pieces that are always loaded together, for each file costs a
 * command's start half a millisecond. Packages that are bundled bring their licences with them.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { rollup } from "rollup";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const dist = join(root, "dist");

const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: {
    cli: "src/cli/main.ts",
    index: "src/index.ts",
    vitest: "src/vitest/index.ts",
  },
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  write: false,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  // The user's own copy: with Babel inside, it is larger than all the rest.
  external: ["jiti", "vitest"],
  legalComments: "none",
  // Names stay, for stack traces.
  minifySyntax: true,
  metafile: true,
  logLevel: "warning",
  // Commander is CommonJS and asks for Node's modules by `require`.
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
});

const pieces = new Map(outputFiles.map(({ path, text }) => [path, text]));
const entries = ["cli", "index", "vitest"].map((name) => join(dist, `${name}.js`));
const joined = await rollup({
  input: entries,
  external: (id) => !id.startsWith(".") && !id.startsWith(dist),
  treeshake: false,
  plugins: [
    {
      name: "pieces",
      resolveId: (id, importer) => (importer ? resolve(dirname(importer), id) : id),
      load: (id) => pieces.get(id),
    },
  ],
});
rmSync(join(dist, "chunks"), { recursive: true, force: true });
await joined.write({
  dir: dist,
  format: "es",
  chunkFileNames: "chunks/[name]-[hash].js",
  minifyInternalExports: false,
  manualChunks(id, { getModuleInfo }) {
    if (entries.includes(id)) return undefined;
    if (neededBy(entries[0], getModuleInfo).has(id)) return "start";
    return neededBy(entries[1], getModuleInfo).has(id) ? "library" : undefined;
  },
});

/** What a piece imports statically, and what that imports. */
function neededBy(id, getModuleInfo, found = new Set()) {
  if (found.has(id) || !pieces.has(id)) return found;
  found.add(id);
  for (const one of getModuleInfo(id).importedIds) neededBy(one, getModuleInfo, found);
  return found;
}

writeFileSync(join(root, "dist", "LICENSES.txt"), licencesOf(Object.keys(metafile.inputs)));

function licencesOf(inputs) {
  const packages = new Set(
    inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  const texts = [...packages].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder)).find((one) => /^licen[cs]e/i.test(one));
    return `${name} ${version}\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
  });
  return `These packages are part of kernlane's built files.\n\n${texts.join(`\n${"-".repeat(72)}\n\n`)}`;
}
