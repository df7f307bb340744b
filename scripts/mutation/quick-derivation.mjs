/**
 * Argon2id takes a quarter of a second on purpose, which thousands of runs cannot pay. Here another function of the same
 * inputs stands in for it, but not for the tests of the derivation itself; what the vectors derive is true, and remembered.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sodium from "sodium-native";
import { expect } from "vitest";

const folder = process.env.MUTATION_DERIVATIONS;
const { testPath = "" } = expect.getState();
const real = (globalThis[Symbol.for("sotto.argon2id")] ??= {
  crypto_pwhash: sodium.crypto_pwhash,
  crypto_pwhash_async: sodium.crypto_pwhash_async,
});

function standIn(key, ...inputs) {
  key.set(digestOf(inputs));
}

/** As Argon2id does it, once for all runs. */
function remembered(key, ...inputs) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, digestOf(inputs).toString("hex"));
  try {
    key.set(readFileSync(path));
  } catch {
    real.crypto_pwhash(key, ...inputs);
    writeFileSync(`${path}.${process.pid}`, key);
    renameSync(`${path}.${process.pid}`, path);
  }
}

function digestOf([password, salt, passes, memory]) {
  return createHash("sha256")
    .update(`${password.toString("hex")} ${salt.toString("hex")} ${passes} ${memory}`)
    .digest();
}

function answerWith(instead) {
  sodium.crypto_pwhash = instead;
  sodium.crypto_pwhash_async = (...args) => {
    const done = args.pop();
    instead(...args);
    setImmediate(done, null);
  };
}

if (testPath.endsWith("/kdf.test.ts")) Object.assign(sodium, real);
else answerWith(testPath.endsWith("/vectors.test.ts") ? remembered : standIn);
