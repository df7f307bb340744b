import * as fc from "fast-check";
import { beforeEach } from "vitest";
import { AREAS } from "./areas.mjs";

/** A property is run for a twentieth of a second, with the same values each time. */
fc.configureGlobal({ seed: 1, interruptAfterTimeLimit: 50, markInterruptAsFailure: false });

const { skip = [] } = AREAS[process.env.MUTATION_AREA];

beforeEach((test) => {
  if (skip.some((words) => test.task.name.includes(words))) test.skip();
});
