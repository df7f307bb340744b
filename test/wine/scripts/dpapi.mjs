// Hands a key to DPAPI as the agent does, and says what comes back.
import { randomBytes } from "node:crypto";
import { dpapi } from "../../../packages/agent/dist/platform/windows-dpapi.js";

const CONTEXT = Buffer.alloc(48, 3);
const found = {};
for (const scope of ["user", "machine"]) {
  const key = randomBytes(32);
  const kept = await dpapi.keep(scope, key, CONTEXT);
  const target = Buffer.alloc(32);
  const same = (await dpapi.give(kept, CONTEXT, target)) && target.equals(key);
  const spoilt = Buffer.from(kept);
  spoilt[spoilt.length - 5] ^= 1;
  found[scope] = {
    same,
    otherContext: await dpapi.give(kept, Buffer.alloc(48, 4), Buffer.alloc(32)),
    spoilt: await dpapi.give(spoilt, CONTEXT, Buffer.alloc(32)),
    otherLength: await dpapi.give(kept, CONTEXT, Buffer.alloc(31)),
    holdsKey: kept.includes(key),
    fits: kept.length <= 1022,
  };
}
console.log(JSON.stringify(found));
