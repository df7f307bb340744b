import type { Machine } from "./machine.ts";
import { linesOf } from "./machine.ts";
import { mountOf } from "./mounts.ts";

/** A place that memory is swapped to. */
export interface Swap {
  readonly path: string;
  /** What is written there: nothing that outlives the power, only ciphertext, or memory as it is. */
  readonly keeps: "memory" | "ciphertext" | "plaintext";
}

/** proc_swaps(5): a heading, then one line each, with the path first and blanks in it as \040. */
export const swapsOf = (machine: Machine): Swap[] =>
  linesOf(machine, "/proc/swaps")
    .slice(1)
    .map((line) => {
      const [name = "", type = ""] = line.split(/\s+/);
      const path = name.replaceAll("\\040", " ");
      const device = type === "file" ? mountOf(machine, path)?.source : path;
      return { path, keeps: keeps(machine, device ?? "") };
    });

function keeps(machine: Machine, device: string): Swap["keeps"] {
  const name = blockName(machine, device);
  if (/^zram\d+$/.test(name) && isUnbacked(machine, name)) return "memory";
  return isEncrypted(machine, name) ? "ciphertext" : "plaintext";
}

/** A device by the kernel's name: /dev/mapper/swap is a link to /dev/dm-1. */
function blockName(machine: Machine, device: string): string {
  const path = machine.realPath(device) ?? device;
  return path.replace(/^\/dev\//, "").replaceAll("/", "!");
}

/** zram(4) may write what does not compress to a disk. */
function isUnbacked(machine: Machine, name: string): boolean {
  const backing = machine.read(`/sys/block/${name}/backing_dev`)?.trim() ?? "none";
  return backing === "none";
}

/** dm-crypt names itself in the uuid of its mapping; one upon others (LVM) is as good as the worst of them. */
function isEncrypted(machine: Machine, name: string, depth = 0): boolean {
  if (machine.read(`/sys/block/${name}/dm/uuid`)?.startsWith("CRYPT-")) return true;
  const below = machine.list(`/sys/block/${name}/slaves`) ?? [];
  return depth < 8 && below.length > 0 && below.every((one) => isEncrypted(machine, one, depth + 1));
}
