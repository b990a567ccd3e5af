/**
 * Whether tests that boot guests run at all.
 *
 * The name of an environment variable: they run when it is `1`. `true` and `false` say so themselves, whatever the lane's own gate
 * is. A function gives the reason why they do not run, or undefined. Behind an open gate what is missing is a failure, never a skip.
 */
export type Gate = string | boolean | (() => string | undefined);

/**
 * @returns why the tests are skipped; undefined when they run
 * @example closedGate("TWQ_RUN_VM_INTEGRATION", {}) // "TWQ_RUN_VM_INTEGRATION is not 1; …"
 */
export function closedGate(
  gate: Gate,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (typeof gate === "function") return gate();
  if (typeof gate === "boolean") return gate ? undefined : "test.use says gate: false";
  const value = environment[gate];
  if (value === "1") return undefined;
  const found = value === undefined || value === "" ? "not set" : `"${value}"`;
  return `${gate} is ${found}; with ${gate}=1 these tests boot guests`;
}
