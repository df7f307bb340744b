import sodium from "sodium-native";
import { derive, KEY_BYTES } from "./derive.ts";
import type { Keys } from "./key-page.ts";

const NAME_BYTES = 8;

/** What a checkpoint of the audit carries: who can make one holds the vault's key. */
export interface AuditSeal {
  /** Tells keys apart and nothing about them: 16 hexadecimal digits. */
  readonly key: string;
  /** 32 bytes, over the head of the chain. Not secret: it stands in the file. */
  readonly mac: Buffer;
}

/** The code over `head`, 32 bytes. */
export function sealAudit({ audit }: Keys, head: Buffer): AuditSeal {
  const mac = Buffer.alloc(KEY_BYTES);
  derive(mac, audit, "seal", [head]);
  return { key: auditKeyName({ audit }), mac };
}

/** Whether `mac` is the code over `head` under this key, compared in constant time. False for what has another length. */
export function isAuditSeal(keys: Keys, head: Buffer, mac: Buffer): boolean {
  if (head.length !== KEY_BYTES || mac.length !== KEY_BYTES) return false;
  return sodium.sodium_memcmp(sealAudit(keys, head).mac, mac);
}

/** The name of the present key. */
export function auditKeyName({ audit }: Pick<Keys, "audit">): string {
  const name = Buffer.alloc(KEY_BYTES);
  derive(name, audit, "audit-id", []);
  return name.toString("hex", 0, NAME_BYTES);
}
