/**
 * Titles that stay the same from run to run, so that they can be compared, counted and named in what a lane says of findings.
 *
 * A template is text with `$name` for a value; `[ in $frame]` in brackets is left out when a value in it is missing. Values come from
 * the row's details, from the pattern's named groups, and `$frame` from the backtrace. Addresses and free-standing numbers in a
 * value become `ADDR` and `NUM`; `$=name` takes the value as it is (a trap's number is its name).
 *
 * @example fillTitle("KASAN: $kind[ $access][ in $frame]", { kind: "slab-out-of-bounds", frame: "foo" })
 * // "KASAN: slab-out-of-bounds in foo"
 */
export function fillTitle(
  template: string,
  values: Readonly<Record<string, string | undefined>>,
  maxLength = maxTitleLength,
): string {
  const optionalsDone = template.replace(/\[([^[\]]*)\]/g, (_, inner: string) =>
    variablesOf(inner).every((name) => values[name] !== undefined) ? inner : "",
  );
  const filled = optionalsDone.replace(variable, (_, raw: string, name: string) => {
    const value = (values[name] ?? "").trim().slice(0, maxLength);
    return raw === "=" ? value : withoutNumbers(value);
  });
  return filled.slice(0, maxLength).trim();
}

const maxTitleLength = 200;
/** A Linux banner names the compiler, the linker and the build's date. */
export const maxIdentityLength = 512;
const variable = /\$(=?)(\w+)/g;

function variablesOf(template: string): readonly string[] {
  return Array.from(template.matchAll(variable), (match) => match[2]!);
}

function withoutNumbers(value: string): string {
  return value
    .replace(/\b0x[0-9a-fA-F]+\b/g, "ADDR")
    .replace(/\b(?=[a-f]*[0-9])[0-9a-f]{8,16}\b/g, "ADDR")
    .replace(/(?<![\w.])\d+(?![\w.]*[A-Za-z_])/g, "NUM");
}
