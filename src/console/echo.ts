/**
 * What we typed comes back from the guest's terminal, and must not be taken for the kernel's words (`sysctl debug.kdb.panic=1`).
 *
 * An echo is recognised by its text, not by its place: line editors wrap and redraw it. It is looked for on a bounded number of
 * lines, since not everything that is typed is echoed.
 */
export interface Echo {
  typed(text: string): void;
  /** The line without what we typed on it. */
  withoutEcho(line: string): string;
}

const maxTypedTexts = 16;
const linesUntilForgotten = 64;
/** Shorter text is looked for only behind a prompt: taking `c` out of every line would be worse than the echo. */
const minTextAnywhere = 8;

export function openEcho(): Echo {
  let pending: { readonly text: string; linesLeft: number }[] = [];
  return {
    typed(text) {
      const texts = text.split(/[\r\n]+/).map((line) => line.trim());
      for (const line of texts)
        if (line !== "") pending.push({ text: line, linesLeft: linesUntilForgotten });
      pending = pending.slice(-maxTypedTexts);
    },
    withoutEcho(line) {
      if (pending.length === 0) return line;
      let rest = line;
      for (const entry of pending) {
        rest = withoutText(rest, entry.text);
        entry.linesLeft--;
      }
      pending = pending.filter((entry) => entry.linesLeft > 0);
      return rest;
    },
  };
}

function withoutText(line: string, text: string): string {
  const trimmed = line.trim();
  if (text.length >= minTextAnywhere) {
    // A redrawn or wrapped echo shows only a part of what was typed.
    if (trimmed.length >= minTextAnywhere && text.includes(trimmed)) return "";
    return line.replace(text, "");
  }
  if (trimmed === text) return "";
  return /[#$%>:] $/.test(trimmed.slice(0, -text.length)) && trimmed.endsWith(text)
    ? trimmed.slice(0, -text.length)
    : line;
}
