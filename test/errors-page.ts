/** `docs/errors.md`, made from the catalogue of errors. */
import { format } from "prettier";
import { errorSections } from "../src/base/errors/catalogue.js";
import type { ErrorKind } from "../src/base/errors/error-kind.js";

const INTRODUCTION = `# Errors

What keeps kernlane from running a lane is a \`LaneError\`: a stable \`code\`, who must act, a message (what, where, found and expected) and
mostly a hint. \`usage\` and \`image\` mean: change what was given; \`host\`: this machine cannot do it as it is; \`bug\`: kernlane is wrong.
A guest that panics, hangs or answers wrongly is no error but a verdict. docs/cli.md has the exit statuses.

This page is made from \`src/base/errors/\` by \`npm run docs\`.
`;

export async function errorsPage(): Promise<string> {
  const sections = errorSections.map(({ title, codes }) => section(title, Object.entries(codes)));
  return format([INTRODUCTION, ...sections].join("\n"), { parser: "markdown" });
}

function section(title: string, codes: readonly (readonly [string, ErrorKind])[]): string {
  const lines = codes.map(([code, { who, when }]) => `- \`${code}\` (${who}): ${when}`);
  return [`## ${title}`, "", ...lines, ""].join("\n");
}
