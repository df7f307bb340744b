import type { Check, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import type { Situation } from "../situation.ts";

const INSTALL = "install a supported Node with an even number, such as 24, then: agent stop; agent start";

function version({ machine, neededNode }: Situation): Verdict {
  const found = `Node ${machine.nodeVersion}`;
  const [major = 0, minor = 0] = machine.nodeVersion.split(".").map(Number);
  const [least = 0, leastMinor = 0] = neededNode.replace(/^>=/, "").split(".").map(Number);
  if (major < least || (major === least && minor < leastMinor))
    return fail(`${found} is older than ${neededNode.replace(/^>=/, "")}: Sotto does not run on it`, INSTALL);
  if (major % 2 === 1)
    return warn(`${found} is a short-lived line: no security updates after half a year`, INSTALL);
  return ok(found);
}

function flags({ machine }: Situation): Verdict {
  const model = ["--permission", "--experimental-permission"].find((flag) => machine.knowsNodeFlag(flag));
  if (model === undefined)
    return fail("this node has no permission model: the agent refuses to run without it", INSTALL);
  const signal = machine.knowsNodeFlag("--disable-sigusr1") ? " and --disable-sigusr1" : "";
  return ok(`node offers ${model}${signal}`);
}

/** Variables that load code into node or into any program, or change what node trusts. */
const LOADING = [
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_REPL_EXTERNAL_MODULE",
  "NODE_EXTRA_CA_CERTS",
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "LD_AUDIT",
];

function environment({ machine }: Situation): Verdict {
  const set = LOADING.filter((name) => machine.env[name] !== undefined);
  if (set.length === 0) return ok("nothing in it that would load code into node");
  return warn(
    `${set.join(", ")} set here: agent start clears it for the agent, but this command and jobs run with it`,
    `unset ${set.join(" ")}; then look where it is set: grep -sn ${set[0] ?? ""} /etc/environment /etc/profile.d/* ~/.profile ~/.bashrc`,
  );
}

const ZONE = "Europe/Berlin";

function timeZones({ machine }: Situation): Verdict {
  if (machine.knowsTimeZone(ZONE)) return ok("node knows the time zones of the world");
  return fail(
    `node does not know ${ZONE}: rules with a time window cannot be judged`,
    "install a Node with full ICU data (official builds have it)",
  );
}

/** The runtime that the agent runs on. */
export const NODE_CHECKS: readonly Check[] = [
  { name: "node-version", judge: version },
  { name: "node-flags", judge: flags },
  { name: "environment", judge: environment },
  { name: "time-zones", judge: timeZones },
];
