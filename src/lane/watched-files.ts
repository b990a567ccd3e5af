import type { RunRequest } from "./request.js";

/**
 * The user's own files that a run is made of, besides the config: kernels, the base image, what is put into the guest.
 *
 * @example watchedFiles(request) // ["/src/linux/arch/x86/boot/bzImage", "/src/probe"]
 */
export function watchedFiles(request: RunRequest): readonly string[] {
  return [
    ...request.columns.map(({ file }) => file).filter((file) => file !== "auto"),
    ...(request.image === undefined ? [] : [request.image]),
    ...Object.values(request.files),
  ];
}
