import { usage } from "./failure/failure.ts";

/** Variables that somebody may expect to be read. */
export const FORBIDDEN = ["PASSPHRASE", "PASSWORD", "TOKEN", "SECRET", "VALUE", "RECOVERY_CODE"].map(
  (name) => `SOTTO_${name}`,
);

/** Who puts one there expects it to work; it would not, and every process of that user could read it. */
export function refuseSecretsInEnvironment(): void {
  const found = FORBIDDEN.find((name) => process.env[name] !== undefined);
  if (found === undefined) return;
  throw usage(
    `${found} is not read: no passphrase, value or token is taken from the environment`,
    "unset it, and give it on a descriptor (--passphrase-fd, --value-fd) or in a file (--token-file)",
  );
}
