/** One line of a kernel's backtrace. */
export interface Frame {
  /** The function, without offset, section suffix or module. */
  readonly function: string;
  /** Bytes from the function's start, where the line says so. */
  readonly offsetBytes?: number;
  /** The module that the function is in, if the line names one. */
  readonly module?: string;
  /** `false` for what an unwinder only found lying on the stack (Linux' `? f+0x1/0x2`). */
  readonly reliable: boolean;
}
