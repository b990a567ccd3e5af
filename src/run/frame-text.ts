import type { Frame } from "../console/stack.js";

/** A frame as one line, as kernels print it: `? twq_kernreturn+0x12 [twq]`. */
export function frameText(frame: Frame): string {
  const { function: name, offsetBytes, module, reliable } = frame;
  const offset = offsetBytes === undefined ? "" : `+0x${offsetBytes.toString(16)}`;
  return `${reliable ? "" : "? "}${name}${offset}${module === undefined ? "" : ` [${module}]`}`;
}
