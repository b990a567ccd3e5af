/** Bundles the declarations of the library's entries into dist/: what a user's compiler reads, and nothing of the inside. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const input = {
  index: join(root, "src", "index.ts"),
  vitest: join(root, "src", "vitest", "index.ts"),
};
const bundle = await rollup({
  input,
  external: (id) => !id.startsWith(".") && !id.startsWith(root),
  plugins: [dts({ tsconfig: join(root, "tsconfig.json") })],
});
await bundle.write({
  dir: join(root, "dist"),
  chunkFileNames: "shared.d.ts",
  // All in one: of what another chunk declares, the plugin does not know whether it is a type.
  manualChunks: (id) => (Object.values(input).includes(id) ? undefined : "shared"),
});
await bundle.close();
