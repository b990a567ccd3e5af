/**
 * One serial port that outlives the process behind it: bhyve's loader and bhyve itself follow one another on the same
 * console, and a channel may be read before anything listens at its other end.
 */
import { Duplex } from "node:stream";

export interface SerialLine {
  /** What its user reads and writes. Bytes that are written while nothing is attached are lost, as on a real port. */
  readonly port: Duplex;
  /** Connects a process's end. Settles when everything that came from it has been handed on. */
  attach(end: Duplex): Promise<void>;
  /** Nothing more will come. Settles when the user has read it all. */
  finish(): Promise<void>;
}

export function openSerialLine(): SerialLine {
  let attached: Duplex | undefined;
  const port = new Duplex({
    read() {
      attached?.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      if (!attached?.writable) done();
      // An end that is gone says so by its end; the byte it did not take is no error of the writer's.
      else attached.write(chunk, () => done());
    },
  });
  const read = new Promise<void>((resolve) => {
    port.once("end", resolve);
    port.once("close", resolve);
  });
  return {
    port,
    attach(end) {
      attached = end;
      end.on("error", () => undefined);
      end.on("data", (chunk: Buffer) => {
        if (!port.destroyed && !port.push(chunk)) end.pause();
      });
      return new Promise((resolve) => {
        end.once("close", () => {
          if (attached === end) attached = undefined;
          resolve();
        });
      });
    },
    finish() {
      if (!port.destroyed) port.push(null);
      return read;
    },
  };
}
