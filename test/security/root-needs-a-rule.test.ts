/** Holding uid 0 is no permission: root needs a rule like anyone, or proves the passphrase and is on record for it. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import { grant, liveAgent, set } from "../support/live-agent.ts";
import { needsRoot } from "../support/requirements.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const SECRET = { name: "of/another", value: "for another user" };
/** Without tickets: what was proved before, on other connections, shall not help here. */
const agent = liveAgent({ shared: true, config: { ticket: "0s" } });
beforeEach(needsRoot);

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, SECRET.name, Buffer.from(SECRET.value));
  await grant(administrator, SECRET.name, { uids: [64_137] });
});
