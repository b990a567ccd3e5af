/** Programs that a step names and the guest does not have: known before anything boots, and told, since an earlier step may make one. */

/**
 * @param programs what steps start
 * @param isThere whether the guest has a file at a path, staged or of its own
 * @returns sentences
 */
export function missingPrograms(
  programs: readonly { readonly step: string; readonly path: string }[],
  isThere: (path: string) => boolean,
): readonly string[] {
  const missing = programs.filter(({ path }) => !isThere(path));
  const sentences = missing.map(
    ({ step, path }) =>
      `step ${JSON.stringify(step)} starts ${path}, which the guest does not have; \`files\` in the lane puts a program into it`,
  );
  return [...new Set(sentences)];
}
