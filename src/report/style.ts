/**
 * Colours, where they are wanted.
 */
import { styleText } from "node:util";

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

const plain = (text: string): string => text;

/** @param colours whether the text goes to a terminal that shows them; see {@link wantsColours} */
export function styleFor(colours: boolean): Style {
  const styled = (format: "bold" | "dim" | "red" | "green"): Style["bold"] =>
    colours ? (text) => styleText(format, text) : plain;
  return { bold: styled("bold"), dim: styled("dim"), red: styled("red"), green: styled("green") };
}

/** A terminal, unless NO_COLOR (no-color.org) is set or TERM is `dumb`. */
export function wantsColours(stream: { readonly isTTY?: boolean | undefined }): boolean {
  return stream.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
}
