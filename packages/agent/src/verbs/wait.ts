import type { Handler } from "./handler.ts";

/** Answers at the next unlock, or with the state as it is when the time is over or the peer has gone. */
export const wait: Handler<"wait"> = (agent, { fields, whenGone }) => {
  if (agent.state.current === "unlocked") return { fields: { state: "unlocked" } };
  return new Promise((resolve) => {
    const answer = (): void => {
      clearTimeout(timer);
      cancel();
      resolve({ fields: { state: agent.state.current } });
    };
    const timer = setTimeout(answer, fields.timeoutMs);
    const cancel = agent.state.whenUnlocked(answer);
    whenGone(answer);
  });
};
