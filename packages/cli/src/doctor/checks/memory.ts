import { limitOf, locksWithoutLimit } from "../agent-process.ts";
import type { Check, Verdict } from "../check.ts";
import { fail, ok, warn } from "../check.ts";
import { quote } from "../quote.ts";
import type { Situation } from "../situation.ts";
import type { Swap } from "../swap.ts";
import { swapsOf } from "../swap.ts";

const MIB = 1024 * 1024;
/** What Debian gives by default, and enough for an agent with all its connections in use. */
const ENOUGH_LOCKED = 8 * MIB;
/** Measured: below this the agent has no room for what an open vault needs, and says so instead of starting. */
const LEAST_LOCKED = MIB / 2;

function swap(situation: Situation): Verdict {
  const { machine, agent } = situation;
  if (machine.read("/proc/swaps") === undefined) return "unseen";
  const swaps = swapsOf(machine);
  const plain = swaps.filter(({ keeps }) => keeps === "plaintext");
  if (plain.length === 0) return ok(describe(swaps));
  const paths = plain.map(({ path }) => quote(path));
  if (agentMayNotSwap(situation)) return ok(`${paths.join(", ")} in use, but the agent's group may not swap`);
  const off = `swapoff ${paths.join(" ")}, and take it out of /etc/fstab; or encrypt it with dm-crypt`;
  const place = `${paths.join(", ")} not encrypted`;
  if (agent.status?.memory === "weak")
    return fail(`${place}, and the agent cannot lock memory: secrets may be written there`, off);
  return warn(
    `${place}: values stay out of it, but names and attributes of secrets may be written there`,
    off,
  );
}

const describe = (swaps: readonly Swap[]): string =>
  swaps.length === 0
    ? "none in use"
    : swaps
        .map(({ path, keeps }) => `${quote(path)} (${keeps === "memory" ? "in memory" : "encrypted"})`)
        .join(", ");

/** cgroups(7), version 2: `memory.swap.max` of the group that the agent is in. */
function agentMayNotSwap({ machine, process }: Situation): boolean {
  if (process === undefined) return false;
  const group = /^0::(.*)$/m.exec(machine.read(`/proc/${process.pid}/cgroup`) ?? "")?.[1];
  return group !== undefined && machine.read(`/sys/fs/cgroup${group}/memory.swap.max`)?.trim() === "0";
}

const TARGETS = ["hibernate", "hybrid-sleep", "suspend-then-hibernate"].map((name) => `${name}.target`);

/** The kernel itself refuses to hibernate while memfd_secret(2) is in use; the files in /sys/power then say so. */
function hibernation({ machine }: Situation): Verdict {
  const states = machine.read("/sys/power/state")?.trim().split(" ") ?? [];
  const modes = machine.read("/sys/power/disk") ?? "[disabled]";
  const command = machine.read("/proc/cmdline") ?? "";
  const off = !states.includes("disk") || modes.includes("[disabled]") || /\bnohibernate\b/.test(command);
  if (off) return ok("the kernel does not offer it now");
  const plain = swapsOf(machine).filter(({ keeps }) => keeps === "plaintext");
  if (plain.length === 0) return ok("no unencrypted swap that an image could be written to");
  if (TARGETS.every((target) => machine.readLink(`/etc/systemd/system/${target}`) === "/dev/null"))
    return ok("masked in systemd");
  return warn(
    `possible, to ${plain.map(({ path }) => quote(path)).join(", ")}: all memory, keys included, would be written to the disk`,
    `systemctl mask ${TARGETS.join(" ")}`,
  );
}

function memoryLockLimit({ machine, process, owner }: Situation): Verdict {
  const pid = process?.pid ?? "self";
  const limit = limitOf(machine, pid, "Max locked memory");
  if (limit === undefined) return "unseen";
  const whose = process === undefined ? "a process started here" : "the agent";
  if (locksWithoutLimit(machine, pid)) return ok(`no limit counts for ${whose} (CAP_IPC_LOCK)`);
  const size = limit === Infinity ? "unlimited" : limit < MIB ? `${limit / 1024} KiB` : `${limit / MIB} MiB`;
  if (limit >= ENOUGH_LOCKED) return ok(`${whose} may lock ${size}`);
  const user = machine.userName(owner) ?? String(owner);
  const remedy = `echo '${user} - memlock 8192' > /etc/security/limits.d/sotto.conf, log in again, agent stop; agent start; in a unit: LimitMEMLOCK=8M`;
  if (limit < LEAST_LOCKED)
    return fail(
      `${whose} may lock ${size}: the agent does not start with that, or cannot lock anything`,
      remedy,
    );
  return warn(
    `${whose} may lock ${size}: with many jobs at once some have to wait, 8 MiB are enough`,
    remedy,
  );
}

/** memfd_secret(2): from 5.14 where the boot option says so, from 6.5 unless it says otherwise. */
function secretMemory({ machine, agent }: Situation): Verdict {
  const mode = agent.status?.memory;
  if (mode === "secret") return ok("the agent has memory that not even root's debugger reads");
  if (mode === "weak")
    return fail(
      "the agent cannot lock memory: secrets may reach swap",
      "raise the limit (ulimit -l 8192, or LimitMEMLOCK=8M in the unit), then: agent stop; agent start",
    );
  const [major = 0, minor = 0] = machine.kernel.split(".").map(Number);
  const at = major * 1000 + minor;
  const option = /\bsecretmem\.enable=(\w+)/.exec(machine.read("/proc/cmdline") ?? "")?.[1];
  const on = option === undefined ? at >= 6005 : /^[1yYtT]/.test(option);
  const why = `without memfd_secret(2) root can read the agent's memory`;
  if (at < 5014) return warn(`Linux ${machine.kernel}: ${why}`, "upgrade the kernel to 6.5 or later");
  if (!on)
    return warn(
      `switched off in this kernel: ${why}`,
      "add secretmem.enable=1 to GRUB_CMDLINE_LINUX in /etc/default/grub, then: update-grub; reboot",
    );
  if (mode === undefined) return ok("the kernel offers memfd_secret(2)");
  return warn(
    `the kernel offers it, yet the agent did not get it: ${why}`,
    "allow memfd_secret in the unit's SystemCallFilter or in the container's seccomp profile, then restart the agent",
  );
}

/** Where what the agent keeps in memory could end up. */
export const MEMORY_CHECKS: readonly Check[] = [
  { name: "swap", judge: swap },
  { name: "hibernation", judge: hibernation },
  { name: "memory-lock-limit", judge: memoryLockLimit },
  { name: "secret-memory", judge: secretMemory },
];
