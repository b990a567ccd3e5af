/**
 * Tests that have a running guest: `import { expect, test } from "kernlane/vitest"`.
 */
import "../../lanes/register.js";

export { expect, type GuestMatchers } from "./expect.js";
export type { Gate } from "./gate.js";
export type { LiveGuest } from "../live/guest/live-guest.js";
export { test, type GuestFixtures, type GuestTest } from "./test.js";
export type { Scope, UseOptions } from "./use-options.js";
