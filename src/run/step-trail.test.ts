import { expect, test } from "vitest";
import { followConsole, openStepTrail, type TrailStep } from "./step-trail.js";

const step = (id: number, name: string, context = "main"): TrailStep => ({ id, name, context });

test("one-shot: the last step of the console is under way until the next begins, whatever the channel has said", () => {
  const trail = openStepTrail(false);
  expect(trail.now()).toEqual({ steps: [], previous: null });
  trail.begun(step(1, "one"));
  trail.begun(step(2, "two"));
  trail.answered(2);
  expect(trail.now()).toEqual({ steps: ["two"], previous: "one" });
});

test("steps of other processes and threads are named as long as they are not answered", () => {
  const trail = openStepTrail(false);
  trail.begun(step(1, "fork"));
  trail.begun(step(2, "enter", "p"));
  trail.begun(step(3, "wait", "p/t"));
  trail.answered(1);
  expect(trail.now()).toEqual({ steps: ["enter in p", "wait in p/t"], previous: "fork" });
  trail.answered(2);
  expect(trail.now()).toEqual({ steps: ["wait in p/t"], previous: "enter in p" });
});

test("live: what was answered is over", () => {
  const trail = openStepTrail(true);
  trail.begun(step(1, "one"));
  expect(trail.now()).toEqual({ steps: ["one"], previous: null });
  trail.answered(1);
  expect(trail.now()).toEqual({ steps: [], previous: "one" });
});

test("follows the agent's words on the console, and takes no others for them", () => {
  const trail = openStepTrail(false);
  const steps = [step(1, "one"), step(2, "two")];
  for (const line of ["kernlane: step 1 one", "kernlane: step 7 none", "step 2 two"])
    followConsole(trail, line, steps);
  expect(trail.now()).toEqual({ steps: ["one"], previous: null });
  followConsole(trail, "kernlane: step 2 two", steps);
  followConsole(trail, "kernlane: end (done), 2 steps", steps);
  expect(trail.now()).toEqual({ steps: [], previous: "two" });
});

test("a guest that claims any number of contexts is remembered within bounds", () => {
  const trail = openStepTrail(false);
  for (let id = 1; id <= 1000; id++) trail.begun(step(id, `s${id}`, `p${id}`));
  expect(trail.now().steps.length).toBeLessThanOrEqual(8);
});
