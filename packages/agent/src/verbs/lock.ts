import type { Handler } from "./handler.ts";

/** Wipes. Needs no passphrase, and says the same when there was nothing left to wipe. */
export const lock: Handler<"lock"> = (agent) => {
  agent.state.lock();
  return { fields: {} };
};

/** Wipes, answers, and ends the agent. */
export const stop: Handler<"stop"> = (agent) => {
  agent.state.lock();
  agent.stop();
  return { fields: {} };
};
