/**
 * What a config may hold, and how a mistake in it is told: `kernlane.config.ts:12: lanes.mine.machine.cpus: …`.
 */
import * as z from "zod";
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import type { Step } from "../protocol/step.js";
import { lineOfField } from "./config-lines.js";
import type { Config } from "./lane.js";

const demandsOfKernel = {
  ident: z.string().min(1).optional(),
  modules: z.boolean().optional(),
  symbols: z.string().min(1).optional(),
  sources: z.string().min(1).optional(),
};

const kernelSchema = z.union(
  [
    z.string().min(1),
    z.strictObject({ file: z.string().min(1), ...demandsOfKernel }),
    z.strictObject({
      objdir: z.string().min(1),
      conf: z.string().min(1).optional(),
      ...demandsOfKernel,
    }),
  ],
  'expected the path of a file, "auto", or { file: … } or { objdir: … }',
);

/** Builders make and check steps; this refuses what was written by hand instead. */
const stepSchema = z.custom<Step>(
  (value) => z.looseObject({ kind: z.string(), name: z.string() }).safeParse(value).success,
  "expected a step as the builders make it, such as syscall({ … })",
);

const findingFate = z.enum(["fail", "report"]);
const FINDINGS_EXPECTED =
  'expected "fail" or "report", or one of them by class, name or title: { locks: "report" }';

const laneSchema = z.strictObject({
  guest: z.enum(["linux", "freebsd"]),
  description: z.string().optional(),
  kernels: z.record(z.string(), kernelSchema).optional(),
  machine: z
    .strictObject({
      cpus: z.number().int().optional(),
      memory: z.string().optional(),
      name: z
        .string()
        .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, "expected letters, digits, dots and dashes")
        .optional(),
      firmware: z.enum(["bios", "uefi"]).optional(),
      bhyveFlags: z.array(z.string()).optional(),
    })
    .optional(),
  probe: z.array(stepSchema),
  files: z.record(z.string().startsWith("/"), z.string().min(1)).optional(),
  commandLine: z.string().optional(),
  image: z.string().min(1).optional(),
  root: z.union([z.string().min(1), z.number().int().positive()]).optional(),
  probeAt: z.enum(["init", "early", "login"]).optional(),
  boot: z.enum(["direct", "loader"]).optional(),
  writableRoot: z.boolean().optional(),
  dump: z.boolean().optional(),
  debugger: z
    .array(z.string().regex(/^[ -~]{1,100}$/, "expected one line of printable ASCII, 100 at most"))
    .max(64)
    .optional(),
  freeze: z.boolean().optional(),
  serialLog: z.string().min(1).optional(),
  timeouts: z
    .strictObject({
      boot: z.string().optional(),
      probe: z.string().optional(),
      powerOff: z.string().optional(),
    })
    .optional(),
  findings: z.union([findingFate, z.record(z.string(), findingFate)], FINDINGS_EXPECTED).optional(),
  gate: z.string().min(1).optional(),
});

const configSchema = z.strictObject({
  default: z.string().optional(),
  lanes: z.record(z.string().regex(/^[\w.-]+$/), laneSchema, {
    error: ({ code }) =>
      code === "invalid_key"
        ? "expected the name of a lane in letters, digits, dots, dashes and underscores"
        : "expected lanes by name: { NAME: defineLane({ … }) }",
  }),
});

/**
 * @param source the config's text, in which the line of a mistake is looked up
 * @throws LaneError `config-invalid` (usage) that names every mistake
 */
export function parseConfig(value: unknown, path: string, source: string): Config {
  if (value === null)
    throw new LaneError(
      "config-invalid",
      `${path}: the default export is null, expected defineConfig({ lanes: … })`,
      { facts: { path } },
    );
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data as Config;
  const said = parsed.error.issues.map((issue) => describe(issue, path, source));
  throw new LaneError("config-invalid", said.join("\n"), { facts: { path } });
}

/** The field by this name is gone. */
const ALLOW_NOW = 'this is findings now: allow: ["locks"] is findings: { locks: "report" }';

function describe(issue: z.core.$ZodIssue, path: string, source: string): string {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const field = unknown === undefined ? issue.path : [...issue.path, unknown];
  const line = lineOfField(source, field);
  const where = line === undefined ? path : `${path}:${line}`;
  const name = field.length === 0 ? "the default export" : field.join(".");
  if (unknown === undefined) return `${where}: ${name}: ${issue.message}`;
  if (unknown === "allow" && issue.path.length === 2) return `${where}: ${name}: ${ALLOW_NOW}`;
  const known = knownKeys(issue.path);
  const nearest = nearestName(unknown, known);
  const instead =
    nearest === undefined ? `; the fields are ${known.join(", ")}` : `, did you mean ${nearest}?`;
  return `${where}: ${name}: there is no such field${instead}`;
}

/** The fields that may stand where an unknown one was found. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(configSchema.shape);
  if (path.length === 2) return Object.keys(laneSchema.shape);
  const section = path[2] === "machine" ? laneSchema.shape.machine : laneSchema.shape.timeouts;
  return Object.keys(section.unwrap().shape);
}
