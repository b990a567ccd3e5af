/**
 * The public surface, name by name: a change of it is meant, and seen in the diff of `public-api.txt` (`npm run docs` writes it).
 */
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";

const entries = { kernlane: "src/index.ts", "kernlane/vitest": "src/vitest/index.ts" };

function exportsOf(program: ts.Program, path: string): readonly string[] {
  const checker = program.getTypeChecker();
  const file = checker.getSymbolAtLocation(program.getSourceFile(join(packageRoot(), path))!)!;
  return checker
    .getExportsOfModule(file)
    .map((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const { flags } = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      return `${(flags & ts.SymbolFlags.Value) === 0 ? "type" : "value"} ${symbol.name}`;
    })
    .sort();
}

test("exports what public-api.txt says", { timeout: 60_000 }, async () => {
  const paths = Object.values(entries);
  const config = ts.readConfigFile(join(packageRoot(), "tsconfig.json"), (path) =>
    ts.sys.readFile(path),
  );
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, packageRoot());
  const program = ts.createProgram(
    paths.map((path) => join(packageRoot(), path)),
    options,
  );
  const text = Object.entries(entries)
    .map(
      ([name, path]) =>
        `${name}\n${exportsOf(program, path)
          .map((one) => `  ${one}\n`)
          .join("")}`,
    )
    .join("\n");
  await expect(text).toMatchFileSnapshot("public-api.txt");
});
