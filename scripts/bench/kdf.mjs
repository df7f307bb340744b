import { promisify } from "node:util";
import sodium from "sodium-native";
import { PASSPHRASE } from "./processes.mjs";

/** Argon2id alone, with the parameters of the vaults here: 3 passes, and 64 MiB unless told otherwise. */
export const bareKdf = (mebibytes = 64) =>
  promisify(sodium.crypto_pwhash_async)(
    Buffer.alloc(32),
    Buffer.from(PASSPHRASE),
    Buffer.alloc(sodium.crypto_pwhash_SALTBYTES),
    3,
    mebibytes * 1024 * 1024,
    sodium.crypto_pwhash_ALG_ARGON2ID13,
  );
