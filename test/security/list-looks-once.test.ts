/** A list looks at the process once, however many secrets there are: else whoever asks for one would keep out all others. */
import { expect, it } from "vitest";
import { grant, LiveAgent, set, succeeded } from "../support/live-agent.ts";
import { needsPrograms, needsRoot } from "../support/requirements.ts";
import { Strace } from "../support/strace.ts";

const SECRETS = 60;
const OWN = process.getuid?.() ?? 0;

it("B30: what a rule asks of the process is found out once for a list, not once for each name", async (context) => {
  needsRoot(context);
  needsPrograms(context, "strace");
  await using agent = await LiveAgent.start();
  using administrator = await agent.administrator();
  for (let i = 0; i < SECRETS; i++) await set(administrator, `many/n${String(i)}`, Buffer.from("value"));
  await grant(administrator, "many/**", { uids: [OWN], units: ["sotto-nobody.service"] });
  await grant(administrator, "many/n7", { uids: [OWN] });
  using peer = await agent.connect();
  await using strace = await Strace.attach(agent.pid, "-e", "trace=open,openat");
  const reply = succeeded(await peer.request({ v: 1, id: 1, verb: "list" }));
  const calls = await strace.stop();
  expect(reply.header.get("names")).toEqual(["many/n7", "probe/alive"]);
  const looks = calls.filter(({ text }) => text.includes(`/proc/${String(process.pid)}/cgroup`));
  expect(looks.length, "for the decision and for the audit").toBe(2);
});
