// Says what a command of `agent exec` was given: a digest of the secret, never the secret. With --wait it then waits.
"use strict";
const { createHash } = require("node:crypto");
const { writeSync } = require("node:fs");

const args = process.argv.slice(2);
if (args[0] === "--wait") {
  writeSync(1, "waiting\n");
  setInterval(() => undefined, 1000);
} else {
  const { SECRET = "", USERNAME: user } = process.env;
  const digest = createHash("sha256").update(SECRET).digest("hex");
  writeSync(1, JSON.stringify({ digest, user, args, others: Object.keys(process.env).length }));
}
