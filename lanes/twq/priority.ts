import { OVERCOMMIT, qos, qosClass } from "./abi.js";

/** What a priority says. */
export interface Priority {
  /** 0 (maintenance) to 5 (user interactive). */
  readonly bucket: number;
  readonly overcommits: boolean;
}

export const BUCKETS = Object.keys(qos).length;
export const DEFAULT_BUCKET = Object.keys(qos).indexOf("default");

const RELATIVE = 0xff;
const CLASS = 0x00ff_ff00;

/** @returns undefined for a number of 64 bits that is no priority */
export function parsePriority(priority: bigint): Priority | undefined {
  if ((priority & ~BigInt(OVERCOMMIT + CLASS + RELATIVE)) !== 0n) return undefined;
  const named = Number(priority & BigInt(CLASS));
  const byBit = Object.values<number>(qos).indexOf(named);
  const byNumber = Object.values<number>(qosClass).indexOf(named);
  const bucket = named === 0 ? DEFAULT_BUCKET : Math.max(byBit, byNumber);
  if (bucket < 0) return undefined;
  return { bucket, overcommits: (priority & BigInt(OVERCOMMIT)) !== 0n };
}
