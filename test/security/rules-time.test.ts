/** Rules with a window or an end hold in their time, by the wall clock, and not a moment longer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HeaderFields } from "@sotto/client/protocol";
import { beforeAll, expect, it } from "vitest";
import { codeOf } from "../support/asker.ts";
import { grant, liveAgent, set, succeeded } from "../support/live-agent.ts";
import { PASSPHRASE } from "../support/sandbox.ts";

const NAME = "timed/secret";
const OWN_UID = process.getuid?.() ?? 0;
const MINUTE_MS = 60_000;
/** Zones in which no clock changes. */
const ZONES = ["UTC", "Asia/Tokyo", "Asia/Kathmandu", "Etc/GMT+12"];

const agent = liveAgent();
const get = { v: 1, id: 1, verb: "get", name: NAME };

beforeAll(async () => {
  using administrator = await agent().administrator();
  await set(administrator, NAME, Buffer.from("in time"));
});

/** What a fetch is answered while a rule with this condition is the only one. */
async function fetchedUnder(condition: HeaderFields, wait = 0): Promise<string> {
  using administrator = await agent().administrator();
  const rule = await grant(administrator, NAME, { uids: [OWN_UID], ...condition });
  try {
    await sleep(wait);
    using connection = await agent().connect();
    return codeOf(await connection.request(get));
  } finally {
    succeeded(await administrator.request({ v: 1, id: 1, verb: "revoke", rule }));
  }
}

/** A window, by its ends in minutes from now. */
function window(from: number, to: number, zone: string, weekday = false): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const at = (minutes: number): Record<string, string> =>
    Object.fromEntries(
      format.formatToParts(Date.now() + minutes * MINUTE_MS).map(({ type, value }) => [type, value]),
    );
  const [begin, end] = [at(from), at(to)];
  const days = weekday ? `${String(begin["weekday"])} ` : "";
  const clock = ({ hour, minute }: Record<string, string>): string => `${String(hour)}:${String(minute)}`;
  return `${days}${clock(begin)}-${clock(end)} ${zone}`;
}

it.each(ZONES)(
  "B59: in %s a window that contains now allows, one that ended a minute ago does not",
  async (zone) => {
    for (const weekday of [false, true]) {
      expect(await fetchedUnder({ windows: [window(-10, 10, zone, weekday)] })).toBe("ok");
      expect(await fetchedUnder({ windows: [window(-600, 10, zone, weekday)] })).toBe("ok");
      expect(await fetchedUnder({ windows: [window(-10, -1, zone, weekday)] })).toBe("denied");
      expect(await fetchedUnder({ windows: [window(2, 10, zone, weekday)] })).toBe("denied");
    }
    expect(await fetchedUnder({ windows: [window(-10, -1, zone), window(-1, 10, zone)] }), "one of two").toBe(
      "ok",
    );
  },
);

it("B59: a window of other days does not allow", async () => {
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const today = new Date().getUTCDay();
  const inTwoDays = days[(today + 2) % 7] ?? "";
  expect(await fetchedUnder({ windows: [`${inTwoDays} 00:00-24:00 UTC`] })).toBe("denied");
  const allButThat = `${days[(today + 3) % 7] ?? ""}-${days[(today + 1) % 7] ?? ""}`;
  expect(await fetchedUnder({ windows: [`${allButThat} 00:00-24:00 UTC`] })).toBe("ok");
});

it.each(["europe/berlin", "Europe/Berlim", "Etc/GMT+15"])(
  "B59: no rule is made for the zone %s",
  async (zone) => {
    using administrator = await agent().administrator();
    const rule = { selector: NAME, may: ["get"], uids: [OWN_UID], windows: [`00:00-24:00 ${zone}`] };
    const reply = await administrator.request({ v: 1, id: 1, verb: "grant", ...rule });
    expect([codeOf(reply), reply.header.get("reason")]).toEqual(["bad-request", "zone-unknown"]);
    const args = ["grant", NAME, "--uid", "1", "--window", `00:00-24:00 ${zone}`];
    const refused = await agent().sandbox.agent(args, { passphrase: PASSPHRASE });
    expect(refused).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
    expect(refused.stderr).toContain("zone");
  },
);

it.each([
  "02:00-03:00",
  "2:00-3:00 UTC",
  "02:00-03:00 +02:00",
  "Mon-Tue-Wed 02:00-03:00 UTC",
  "Mo 02:00-03:00 UTC",
])("B59: %s is no window", async (text) => {
  using administrator = await agent().administrator();
  const rule = { selector: NAME, may: ["get"], uids: [OWN_UID], windows: [text] };
  expect(codeOf(await administrator.request({ v: 1, id: 1, verb: "grant", ...rule }))).toBe("bad-request");
});

it("B60: a rule with an end holds until then, and no longer", async () => {
  expect(await fetchedUnder({ expires: Date.now() + MINUTE_MS })).toBe("ok");
  expect(await fetchedUnder({ expires: Date.now() + 1_500 }, 1_600)).toBe("denied");
});

it("B60: no rule is made that has ended already", async () => {
  using administrator = await agent().administrator();
  const rule = { selector: NAME, may: ["get"], uids: [OWN_UID], expires: Date.now() - 1 };
  const reply = await administrator.request({ v: 1, id: 1, verb: "grant", ...rule });
  expect([codeOf(reply), reply.header.get("reason")]).toEqual(["bad-request", "rule-expired"]);
});
