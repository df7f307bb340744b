/*
 * Under Wine stdout and stderr are pipes or files of Unix, which libuv cannot wrap in a stream (EBADF), while writes by
 * descriptor work. Preloaded by the tests; what is tested is not changed for Wine.
 */
"use strict";
const fs = require("node:fs");
const { Writable } = require("node:stream");

for (const [name, fd] of [
  ["stdout", 1],
  ["stderr", 2],
]) {
  const write = (chunk, _, done) => {
    for (let at = 0; at < chunk.length;) at += fs.writeSync(fd, chunk, at);
    done();
  };
  let stream;
  Object.defineProperty(process, name, {
    configurable: true,
    get: () => (stream ??= Object.assign(new Writable({ write }), { fd, isTTY: false })),
  });
}
