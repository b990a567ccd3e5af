/** How long a session waits for what, in ms. */
export interface SessionTiming {
  /** How often it looks. */
  readonly tickMs: number;
  /** After something was seen to be lost, until it is asked for: what is still on its way comes first. */
  readonly settleMs: number;
  /** With requests on their way and nothing heard, until the agent is asked where it is. */
  readonly stallMs: number;
  /** What a reply may take beyond its step's deadline: the agent gives the kernel a second to let go. */
  readonly marginMs: number;
  /** What an agent may take to answer when a reply is overdue. */
  readonly graceMs: number;
  readonly attachMs: number;
  readonly attachTries: number;
}

export const defaultTiming: SessionTiming = {
  tickMs: 100,
  settleMs: 50,
  stallMs: 1_000,
  marginMs: 3_000,
  graceMs: 5_000,
  attachMs: 1_000,
  attachTries: 30,
};
