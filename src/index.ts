/**
 * The public surface of kernlane.
 */
import "../lanes/register.js";

export { LaneError, type ErrorCode, type WhoMustAct } from "./base/errors.js";
export type { GuestFamily } from "./base/family.js";
export * from "./protocol/steps.js";
/** The builders of steps as a namespace, for files in which `process`, `exit`, `kill` or `time` mean something else. */
export * as steps from "./protocol/steps.js";
export { array, bytes } from "./structs/array.js";
export type { AnyType, CType, InputOf, OutputOf } from "./structs/c-type.js";
export { bool, i16, i32, i64, i8, pointer, u16, u32, u64, u8 } from "./structs/scalars.js";
export { struct, type Struct } from "./structs/struct.js";
export { union, type Union } from "./structs/union.js";
export { checkLayout } from "./structs/headers/check-layout.js";
export type { HeaderOptions } from "./structs/headers/compile-layout.js";
export type {
  Expectation,
  ExpectationInput,
  Wanted,
  WantedAny,
  WantedOutcome,
} from "./protocol/expectation.js";
export type { Observation } from "./protocol/decode-reply.js";
export { loadConfig, selectLane, type LoadedConfig } from "./lane/config.js";
export {
  defineConfig,
  defineLane,
  type Config,
  type KernelConfig,
  type KernelDemands,
  type LaneConfig,
  type MachineConfig,
  type TimeoutsConfig,
} from "./lane/lane.js";
export { bootGuest, type BootOptions } from "./live/guest/boot-guest.js";
export { restoreGuest, type ResumeOptions } from "./live/checkpoint/resume-guest.js";
export type { Checkpoint } from "./live/checkpoint/checkpoint.js";
export type { LiveGuest } from "./live/guest/live-guest.js";
export type { GuestApi, RunOptions as ProgramRunOptions } from "./live/guest/guest-api.js";
export type { Caller } from "./live/guest/caller.js";
export type { Count, Counted, CountOptions, Counts } from "./live/guest/counters.js";
export type { Sysctl, SysctlSetting } from "./live/guest/sysctl.js";
export type { BatchCall, CallArgument, CallInput, CallOptions } from "./live/guest/call-input.js";
export type { Process, Thread } from "./live/guest/process.js";
export type { Barrier } from "./live/guest/barrier.js";
export type { GuestConsole } from "./live/guest/guest-console.js";
export type { Reply, ReplyStatus, StepReply } from "./live/guest/reply.js";
export type {
  BatchReply,
  CallResult,
  RepeatReply,
  ResultRun,
  TimeReply,
} from "./live/guest/many-replies.js";
export type { ProgramReply } from "./live/guest/reply.js";
export { judgeFolder } from "./run/judge-folder.js";
export { probeGuest, type ProbeGuestOptions } from "./run/probe-guest.js";
export { stageImage, type StagedImage } from "./run/stage-image.js";
export {
  resolveRequest,
  type NamedLane,
  type RunMode,
  type RunOptions,
  type RunRequest,
} from "./lane/request.js";
export { runLane, type LaneListener, type RunLaneOptions } from "./run/run-lane.js";
export type { ColumnRecord, PhaseTimes, RunRecord } from "./run/record.js";
export type { LaneEvent } from "./run/events.js";
export type { Transition } from "./run/transitions.js";
export { verdicts, type Judgement, type Verdict } from "./run/verdict.js";
