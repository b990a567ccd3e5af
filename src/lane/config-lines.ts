/**
 * Where in a config's text a field stands. A config is a program; this follows only what configs look like (object
 * literals, the `define…` calls around them, constants of the same file) and says nothing when it loses the way.
 */
import { parse, type ParserOptions } from "@babel/parser";
import type { ArrayExpression, Expression, File, Node, ObjectExpression } from "@babel/types";

const OPTIONS: ParserOptions = {
  sourceType: "module",
  plugins: ["typescript"],
  errorRecovery: true,
};

/**
 * The line of a field, from 1; that of the deepest part of the path that is found. `undefined` if nothing of it is.
 *
 * @example lineOfField("export default {\n  lanes: {} };", ["lanes"]) // 2
 */
export function lineOfField(source: string, path: readonly PropertyKey[]): number | undefined {
  const file = parseSource(source);
  if (!file) return undefined;
  let node: Node | undefined = defaultExport(file);
  let line = node?.loc?.start.line;
  for (const key of path) {
    const found: Node | undefined = node && child(resolveValue(node, file), key);
    if (!found) break;
    line = found.loc?.start.line;
    node = found.type === "ObjectProperty" ? found.value : found;
  }
  return line;
}

function parseSource(source: string): File | undefined {
  try {
    return parse(source, OPTIONS);
  } catch {
    return undefined;
  }
}

function defaultExport(file: File): Node | undefined {
  const statement = file.program.body.find((one) => one.type === "ExportDefaultDeclaration");
  return statement?.type === "ExportDefaultDeclaration" ? statement.declaration : undefined;
}

/** Through `defineConfig(…)`, `… satisfies T`, `… as const` and constants to the literal. */
function resolveValue(node: Node, file: File): Node {
  if (node.type === "CallExpression" && node.arguments[0])
    return resolveValue(node.arguments[0], file);
  if (node.type === "TSSatisfiesExpression" || node.type === "TSAsExpression")
    return resolveValue(node.expression, file);
  if (node.type === "Identifier") {
    const initial = constants(file).get(node.name);
    return initial ? resolveValue(initial, file) : node;
  }
  return node;
}

function constants(file: File): ReadonlyMap<string, Expression> {
  const found = new Map<string, Expression>();
  for (const statement of file.program.body) {
    const declaration =
      statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration?.type !== "VariableDeclaration") continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type === "Identifier" && init) found.set(id.name, init);
    }
  }
  return found;
}

function child(node: Node, key: PropertyKey): Node | undefined {
  if (node.type === "ArrayExpression") return element(node, key);
  return node.type === "ObjectExpression" ? property(node, key) : undefined;
}

function element(node: ArrayExpression, key: PropertyKey): Node | undefined {
  return node.elements[Number(key)] ?? undefined;
}

function property(node: ObjectExpression, key: PropertyKey): Node | undefined {
  return node.properties.find((one) => {
    if (one.type !== "ObjectProperty") return false;
    if (one.key.type === "Identifier") return one.key.name === key;
    return one.key.type === "StringLiteral" && one.key.value === key;
  });
}
