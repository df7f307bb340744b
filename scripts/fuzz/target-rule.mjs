/** A rule as the vault keeps it, a msgpack map: its decoders, those of the wire, its windows, and the decision about it. */
import * as protocol from "../../packages/client/dist/protocol/index.js";
import * as decision from "../../packages/agent/dist/access/decide.js";
import { RuleIndex } from "../../packages/agent/dist/access/rule-index.js";
import { toInfo } from "../../packages/agent/dist/access/rule.js";
import * as windows from "../../packages/agent/dist/access/window.js";
import * as schema from "../../packages/agent/dist/vault/shapes.js";
import { must, mustBeSame, outcome, plain } from "./oracle.mjs";
import { PAYLOAD, read } from "./second-reader.mjs";
import { reasonOf } from "./target-payload.mjs";

const { decodeReply, decodeRequest, LONGEST_TIME_MS, pack, PROTOCOL_VERSION, unpack } = protocol;
const DAY_MS = 86_400_000;
/** Any moment at which a window may be asked for, the first and the last among them. */
const TIMES = [0, 1_700_000_000_000, 2_530_000_000_000, LONGEST_TIME_MS - DAY_MS, LONGEST_TIME_MS];
/** A peer of whom nothing that a rule may ask for is true: its ids are nobody's. */
const NOBODY = { uid: 0xffff_ffff, gid: 0xffff_ffff, groups: [] };
const UNUSED = { isUsed: () => false, waitFor: () => 0 };

/**
 * @param code the functions under test, the real ones unless a test breaks some of them
 * @returns a function that says what became of its input, `accept` or a reason, and throws a `Finding`
 */
export function ruleTarget(code = {}) {
  const { asRule, decide, isWithin } = { ...schema, ...decision, ...windows, ...code };
  const ruleOf = (map) => outcome(() => asRule(map), ["schema"], reasonOf);
  return (bytes) => {
    const { verdict, value: map } = read(bytes, PAYLOAD);
    if (verdict !== "accept") return verdict;
    const { verdict: judged, value: rule } = ruleOf(map);
    if (judged !== "accept") return judged;
    mustBeSame(plain(rule), plain(map), "it is not what the map says");
    mustBeSame(ruleOf(again(rule)).value, rule, "written again it is another rule");
    const { id, created, used, ...grant } = rule;
    const request = decodeRequest(again({ v: PROTOCOL_VERSION, id: 1, verb: "grant", ...grant }));
    mustBeSame(request.fields, grant, "the request for it makes another rule");
    const told = decodeReply("rules", again({ id: 1, ok: true, rules: [toInfo(rule)], more: false }));
    mustBeSame(told.fields?.rules, [toInfo(rule)], "an administrator is told another rule");
    mustNameWhatItSays(rule);
    for (const time of TIMES) {
      for (const window of rule.windows ?? [])
        must(typeof isWithin(window, time) === "boolean", "a window that says neither yes nor no");
      const facts = { operation: "get", facts: NOBODY, time, usage: UNUSED };
      must(decide([rule], facts).kind === "denied", "a rule for nobody lets somebody in");
    }
    return judged;
  };
}

const again = (fields) => unpack(pack(fields), PAYLOAD);

function mustNameWhatItSays(rule) {
  const index = new RuleIndex([rule]);
  const isAbout = (name) => [...index.concerning(name)].includes(rule);
  const below = rule.selector.endsWith("/**");
  const named = below ? rule.selector.slice(0, -3) : rule.selector;
  must(isAbout(`${named}/x`) === below, "what is below its name");
  must(isAbout(named) !== below, "its own name");
  must(!isAbout(`${named}x`) && !isAbout("-/x/y"), "a name that it does not say");
}
