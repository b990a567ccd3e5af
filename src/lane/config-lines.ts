/**
 * Where in a config's text a field stands. A config is a program; this follows only what configs look like (object
 * literals, the `define…` calls around them, constants of the same file) and gives up when it loses the way.
 */
import { createJiti } from "jiti";

/** A node of the syntax tree that Babel makes, with the fields that are used here. */
interface SyntaxNode {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number } };
  readonly name?: string;
  readonly key?: SyntaxNode;
  readonly value?: SyntaxNode | string;
  readonly properties?: readonly SyntaxNode[];
  readonly elements?: readonly (SyntaxNode | null)[];
  readonly arguments?: readonly SyntaxNode[];
  readonly expression?: SyntaxNode;
  readonly declaration?: SyntaxNode | null;
  readonly declarations?: readonly SyntaxNode[];
  readonly id?: SyntaxNode;
  readonly init?: SyntaxNode | null;
}

type Statements = readonly SyntaxNode[];

/**
 * The line of a field, from 1; that of the deepest part of the path that is found. `undefined` if nothing of it is.
 *
 * @example lineOfField("export default {\n  lanes: {} };", ["lanes"]) // 2
 */
export function lineOfField(source: string, path: readonly PropertyKey[]): number | undefined {
  let line: number | undefined;
  withSyntax(source, (statements) => {
    let node = statements.find(({ type }) => type === "ExportDefaultDeclaration")?.declaration;
    line = node?.loc?.start.line;
    for (const key of path) {
      const found: SyntaxNode | undefined = node
        ? child(resolveValue(node, statements), key)
        : undefined;
      if (!found) break;
      line = found.loc?.start.line;
      node = found.type === "ObjectProperty" ? (found.value as SyntaxNode) : found;
    }
  });
  return line;
}

/** Shows the tree that jiti's own Babel makes, before anything is transformed. Nothing is shown of a text that is no program. */
function withSyntax(source: string, look: (statements: Statements) => void): void {
  const jiti = createJiti(import.meta.url, { fsCache: false });
  const plugin = {
    pre: ({ ast }: { ast: { program: { body: Statements } } }) => look(ast.program.body),
  };
  try {
    jiti.transform({ source, ts: true, babel: { plugins: [plugin] } });
  } catch {
    // The caller goes without a line.
  }
}

/** Through `defineConfig(…)`, `… satisfies T`, `… as const` and constants to the literal. */
function resolveValue(node: SyntaxNode, statements: Statements): SyntaxNode {
  const inner = node.arguments?.[0] ?? node.expression ?? constantOf(node.name, statements);
  return inner ? resolveValue(inner, statements) : node;
}

function constantOf(name: string | undefined, statements: Statements): SyntaxNode | undefined {
  if (name === undefined) return undefined;
  return (
    statements
      .flatMap(
        (one) =>
          (one.type === "ExportNamedDeclaration" ? one.declaration : one)?.declarations ?? [],
      )
      .find(({ id }) => id?.name === name)?.init ?? undefined
  );
}

function child(node: SyntaxNode, key: PropertyKey): SyntaxNode | undefined {
  if (node.elements) return node.elements[Number(key)] ?? undefined;
  return node.properties?.find((one) => one.key?.name === key || one.key?.value === key);
}
