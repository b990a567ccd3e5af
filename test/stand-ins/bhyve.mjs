/**
 * Stands in for bhyve(8): takes the manual's options, serves com1 on its standard input and output and com2 on a TCP port,
 * and ends with the manual's statuses. A virtual machine is a file in a folder, as its node is in /dev/vmm.
 *
 *     node bhyve.mjs OPTIONS [bhyve's own arguments]        OPTIONS: JSON, see install.ts
 */
import { existsSync, readFileSync, writeFileSync, accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { openGuest } from "./guest.mjs";

const [, , optionsText, ...argv] = process.argv;
const options = JSON.parse(optionsText);
const FLAGS = options.isOld ? "AaCDeHhPSuWwxY" : "aACDeHhPSuWwxY";
const WITH_VALUE = "cfGkKlmnoprsU";
/** VTCON_RINGSZ, and what FreeBSD's driver puts into one. */
const [BUFFERS, BUFFER_BYTES] = [64, 128];
const STATUS = { reset: 0, "power-off": 1, halt: 2, crash: 3, fail: 4 };

function usage(status) {
  const acpi = options.isOld ? "       -A: create ACPI tables\n" : "";
  const monitor = options.isNew ? "       -M: monitor mode\n" : "";
  process.stderr.write(
    `Usage: bhyve [-${options.isOld ? "A" : ""}aCDeHhPSuWwxY]\n             vmname\n${acpi}       -a: local apic\n${monitor}`,
  );
  process.exit(status);
}

function parse() {
  const given = { devices: [], lpc: {}, memory: "256M", cpus: 1 };
  const args = [...argv];
  while (args[0]?.startsWith("-")) {
    const option = args.shift().slice(1);
    if (option === "h") usage(0);
    if (WITH_VALUE.includes(option) && option.length === 1) {
      const value = args.shift();
      if (option === "s") given.devices.push(value.split(","));
      if (option === "c") given.cpus = Number(value);
      if (option === "m") given.memory = value;
      if (option === "G") given.debugger = value;
      if (option === "l") given.lpc[value.split(",")[0]] = value.slice(value.indexOf(",") + 1);
    } else if (![...option].every((flag) => FLAGS.includes(flag))) {
      process.stderr.write(`bhyve: illegal option -- ${option}\n`);
      usage(1);
    }
  }
  if (args.length !== 1) usage(1);
  return { ...given, name: args[0] };
}

function fail(words, status = 4) {
  process.stderr.write(`${words}\n`);
  process.exit(status);
}

const { devices, lpc, memory, cpus, name, debugger: debuggerAt } = parse();
const node = join(options.vmmFolder, name);
const isDenied = options.nodesOf === "root" && process.env.KERNLANE_IS_ROOT === undefined;
// A machine that it has just made and may not open, bhyve takes away again.
if (isDenied) fail("bhyve: vm_openf: Permission denied");
if (!existsSync(node)) {
  if (lpc.bootrom === undefined) fail("bhyve: no bootrom was configured");
  writeFileSync(node, `memory=${memory}\n`);
} else if (!readFileSync(node, "utf8").includes(`memory=${memory}\n`)) {
  fail(`Unable to set up memory: ${memory}`);
}
if (cpus > options.maxCpus) fail("bhyve: vm_set_topology", 71);
if (lpc.bootrom !== undefined && !existsSync(lpc.bootrom))
  fail(`Error opening bootrom "${lpc.bootrom}": No such file or directory`);
for (const [slot, emulation, path] of devices) {
  if (emulation !== "virtio-blk") continue;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    fail(`Could not open backing file: ${path}: No such file or directory (slot ${slot})`);
  }
}
if (lpc.com1 !== "stdio") fail(`Unable to initialize backend '${lpc.com1}' for LPC device com1`);
writeFileSync(node, `memory=${memory}\npid=${process.pid}\n`);

/**
 * The port of a virtio-console: bhyve binds its path, serves one client, and closes it when more comes at once than the
 * guest has buffers for.
 */
function openPort(guest, [, , port]) {
  const [, path] = /^[^=]+=(.+)$/.exec(port);
  let client;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (client !== undefined) return void socket.destroy();
    client = socket;
    let waiting = 0;
    socket.on("data", (chunk) => {
      waiting += Math.ceil(chunk.length / BUFFER_BYTES);
      if (waiting >= BUFFERS) socket.destroy();
      setImmediate(() => (waiting = 0));
    });
    socket.on("close", () => (client = undefined));
    guest.serve(socket);
  });
  server.on("error", () => {
    process.stderr.write("cannot create port 0: Address already in use\r\n");
    fail("Device emulation initialization error: Address already in use\r");
  });
  server.listen(path);
}

function start() {
  const console = Duplex.from({ readable: process.stdin, writable: process.stdout });
  const guest = openGuest({
    console,
    end(how) {
      if (how === "abort") process.abort();
      if (how === "fail") fail("vm exit[0]: reason VMX, inst_length 3");
      process.exit(STATUS[how]);
    },
  });
  process.on("SIGTERM", guest.powerButton);
  process.on("SIGUSR2", guest.nmi);
  process.on("SIGHUP", () => {
    if (options.isOld) fail("vm_run error -1, errno 6");
    process.exit(4);
  });
  // Nearly every guest looks for a mouse.
  process.stderr.write("Unhandled ps2 mouse command 0xe1\n");
  for (const device of devices) if (device[1] === "virtio-console") openPort(guest, device);
  if (debuggerAt === undefined) guest.boot();
  else awaitDebugger(() => guest.boot());
  return guest;
}

/** A debugger that has connected is taken to say "continue" at once. */
function awaitDebugger(then) {
  const [, host, port] = /^w([^:]+):(\d+)$/.exec(debuggerAt);
  const marker = `${node}.debugger-port-taken`;
  const isTaken = options.portIsTakenOnce && !existsSync(marker);
  if (isTaken) writeFileSync(marker, "");
  const server = createServer(() => then());
  const taken = () => {
    process.stderr.write("bhyve: gdb socket bind: Address already in use\n");
    process.exit(1);
  };
  if (isTaken) return taken();
  server.on("error", taken);
  server.listen(Number(port), host, () => {
    if (options.lacksGdbFiles)
      fail("bhyve: Failed to open gdb xml directory: No such file or directory", 1);
  });
}

const [, host, port] = /^tcp=([^:]+):(\d+)$/.exec(lpc.com2 ?? "") ?? [];
const marker = `${node}.port-taken`;
if (port === undefined) {
  if (lpc.com2 !== undefined)
    fail(`Unable to initialize backend '${lpc.com2}' for LPC device com2`);
  start();
} else if (options.portIsTakenOnce && !existsSync(marker)) {
  writeFileSync(marker, "");
  portTaken();
} else {
  let connected = false;
  let guest;
  const server = createServer((client) => {
    if (connected) client.end("Socket already connected\n");
    else guest.serve(client);
    connected = true;
    client.on("error", () => undefined);
  });
  server.on("error", portTaken);
  server.listen(Number(port), host, () => {
    guest = start();
  });
}

function portTaken() {
  process.stderr.write(`bhyve: bind(${host}:${port}): Address already in use\n`);
  fail(`Unable to initialize backend '${lpc.com2}' for LPC device com2`);
}
