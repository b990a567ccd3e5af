/**
 * Stands in for qemu-system-x86_64: com1 at descriptor 3, com2 at 4, QMP at 5 and the virtio-serial port at 6, as the driver's argv says, and the events
 * that QEMU sends at its end. Its exit status is 0 however the guest ended.
 */
import { writeFileSync } from "node:fs";
import { createServer, Socket } from "node:net";
import { openGuest } from "./guest.mjs";

const [console, channel, qmp] = [3, 4, 5].map(
  (fd) => new Socket({ fd, readable: true, writable: true }),
);
const isHeld = process.argv.some((word) => word.endsWith("shutdown=pause"));
const REASON = { "power-off": "guest-shutdown", reset: "guest-reset", crash: "guest-panic" };
let status = "running";

function send(message, then) {
  qmp.write(`${JSON.stringify(message)}\r\n`, then);
}

const guest = openGuest({
  console,
  end(how) {
    if (how === "abort") process.abort();
    if (how === "fail") {
      process.stderr.write("qemu: the guest used an instruction that is not emulated\n");
      process.exit(1);
    }
    if (how === "internal-error") {
      process.stderr.write("KVM: entry failed, hardware error 0x80000021\n");
      status = "internal-error";
      send({ event: "STOP", data: {}, timestamp: { seconds: 0, microseconds: 0 } });
      return;
    }
    if (how === "io-error") {
      const timestamp = { seconds: 0, microseconds: 0 };
      status = "io-error";
      const data = { device: "disk", operation: "write", action: "stop", nospace: true };
      send({
        event: "BLOCK_IO_ERROR",
        data: { ...data, reason: "No space left on device" },
        timestamp,
      });
      send({ event: "STOP", data: {}, timestamp });
      return;
    }
    if (how === "reset" || how === "crash" || how === "power-off") {
      const event = { event: "SHUTDOWN", data: { guest: true, reason: REASON[how] } };
      if (!isHeld) send(event, () => process.exit(0));
      else {
        status = "shutdown";
        send(event);
        send({ event: "STOP", data: {} });
      }
    }
  },
});
guest.serve(channel);
if (process.argv.some((word) => word.startsWith("virtserialport,")))
  guest.serve(new Socket({ fd: 6, readable: true, writable: true }));
// As with QEMU, a debugger is there once it has connected, and is taken to say "continue" at once.
if (!process.argv.includes("-S")) guest.boot();

function gdbserver(line) {
  const [, host, port] = /^gdbserver tcp:([^:]+):(\d+)$/.exec(line);
  const said = `Waiting for gdb connection on device 'tcp:${host}:${port}'\r\n`;
  return new Promise((resolve) => {
    createServer(() => guest.boot()).listen(Number(port), host, () => resolve(said));
  });
}

function dump({ protocol, format }) {
  const path = protocol.slice("file:".length);
  try {
    writeFileSync(path, format);
    dumped = { status: "completed", completed: 4096, total: 4096 };
    send({ event: "DUMP_COMPLETED", data: { result: dumped } });
  } catch (error) {
    dumped = { status: "failed", completed: 0, total: 4096 };
    send({ event: "DUMP_COMPLETED", data: { result: dumped, error: error.message } });
  }
}

let dumped = { status: "none", completed: 0, total: 0 };
const commands = {
  "query-dump-guest-memory-capability": () => ({ formats: ["elf", "kdump-zlib"] }),
  "dump-guest-memory": (given) => (setTimeout(() => dump(given), 10), {}),
  "query-dump": () => dumped,
  stop: () => ({}),
  quit() {
    send({ event: "SHUTDOWN", data: { guest: false, reason: "host-qmp-quit" } }, () =>
      process.exit(0),
    );
    return {};
  },
  qmp_capabilities: () => ({}),
  "query-status": () => ({ status, running: status === "running" }),
  "inject-nmi": () => (guest.nmi(), {}),
  system_powerdown: () => (guest.powerButton(), {}),
  "human-monitor-command": (given) => gdbserver(given["command-line"]),
};

let negotiated = false;
let pending = "";
send({ QMP: { version: { qemu: { micro: 0, minor: 2, major: 7 } }, capabilities: [] } });
qmp.on("data", (chunk) => {
  const lines = (pending + chunk).split("\n");
  pending = lines.pop();
  for (const line of lines.filter((text) => text.trim() !== "")) {
    const { execute, id, arguments: given } = JSON.parse(line);
    if (!negotiated && execute !== "qmp_capabilities") {
      send({ id, error: { class: "CommandNotFound", desc: "Expecting capabilities negotiation" } });
      continue;
    }
    negotiated = true;
    const command = commands[execute];
    if (command) {
      // The machine may be gone a moment later: what can be answered now is.
      const value = command(given);
      if (value instanceof Promise) void value.then((late) => send({ id, return: late }));
      else send({ id, return: value });
    } else
      send({
        id,
        error: { class: "CommandNotFound", desc: `The command ${execute} has not been found` },
      });
  }
});
