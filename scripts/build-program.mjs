/**
 * Bundles the program into dist/: one file for the command line's start, one for each entry of the library, and what they share in
 * dist/chunks/, loaded when it is wanted. Packages that are bundled bring their licences with them.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

rmSync(join(root, "dist", "chunks"), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    cli: "src/cli/main.ts",
    index: "src/index.ts",
    vitest: "src/vitest/index.ts",
  },
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  // The user's own copy: with Babel inside, it is larger than all the rest.
  external: ["jiti", "vitest"],
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  // Commander is CommonJS and asks for Node's modules by `require`.
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
});
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
