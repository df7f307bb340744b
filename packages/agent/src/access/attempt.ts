import { AgentError } from "../errors.ts";
import type { Session } from "./session.ts";
import type { Throttle } from "./throttle.ts";

/** Runs one attempt at a passphrase under the throttle of its uid: a wrong one delays that uid's next, nobody else's. */
export async function attempt<T>(
  deps: { throttle: Throttle },
  session: Session,
  run: () => Promise<T>,
): Promise<T> {
  const { uid } = session.peer;
  await deps.throttle.admit(uid);
  try {
    const result = await run();
    deps.throttle.succeeded(uid);
    return result;
  } catch (error) {
    if (error instanceof AgentError && error.code === "wrong-passphrase") deps.throttle.failed(uid);
    throw error;
  }
}
