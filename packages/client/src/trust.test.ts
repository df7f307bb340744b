import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { Server } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { platform } from "./platform/index.ts";
import type { SottoError } from "./sotto-error.ts";
import { rejection } from "./test-support/rejection.ts";
import { checkTrust } from "./trust.ts";

/** Nobody's uid on a test machine: neither root's, nor ours, nor the agent's. */
const STRANGER = 54_321;
const isRoot = process.getuid?.() === 0;

const top = mkdtempSync(join(tmpdir(), "sotto-trust-"));
const listening = join(top, "listening.sock");
let server: Server;
let turn = 0;
/** A fresh folder of mode 0700. */
let folder: string;
/** A socket in it. */
let socket: string;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => void server.listen(listening, resolve));
});
beforeEach(() => {
  folder = join(top, String(turn++));
  mkdirSync(folder, { mode: 0o700 });
  socket = place(folder);
});
afterAll(() => {
  server.close();
  rmSync(top, { recursive: true, force: true });
});

/** Puts a socket into a folder: a hard link, so that each test has owners and folders of its own. */
function place(where: string, name = "agent.sock"): string {
  linkSync(listening, join(where, name));
  return join(where, name);
}

const check = (path: string): void => void platform.openSocket(path);
const refusal = (path: string): Promise<SottoError> => rejection(() => check(path));
const expectUntrusted = async (path: string, why: RegExp): Promise<void> => {
  const error = await refusal(path);
  expect([error.code, error.exit]).toEqual(["untrusted", 6]);
  expect((error.cause as Error).message).toMatch(why);
};

describe("what is trusted", () => {
  it("a socket of ours in a folder of ours, below the sticky /tmp", () => {
    check(socket);
  });

  it("the mode of the socket itself is not judged", () => {
    chmodSync(socket, 0o666);
    check(socket);
  });

  it("a folder that others may read and enter", () => {
    chmodSync(folder, 0o755);
    check(socket);
  });

  it("a sticky folder that everyone may write", () => {
    chmodSync(folder, 0o1777);
    check(socket);
  });

  it("symbolic links of ours: absolute, relative, to a folder, with dots and slashes", () => {
    symlinkSync(socket, join(folder, "absolute"));
    symlinkSync("agent.sock", join(folder, "relative"));
    symlinkSync(folder, join(folder, "loop"));
    mkdirSync(join(folder, "below"));
    check(join(folder, "absolute"));
    check(join(folder, "relative"));
    check(join(folder, "loop/loop/relative"));
    check(`${folder}/below/.././/agent.sock`);
  });
});

describe("what is untrusted", () => {
  it.each([0o777, 0o770, 0o720, 0o702])("B119: a folder of mode %o", async (mode) => {
    chmodSync(folder, mode);
    await expectUntrusted(socket, /may be written by others/);
  });

  it("B119: a folder further up that others may write", async () => {
    const below = join(folder, "a/b");
    mkdirSync(below, { recursive: true, mode: 0o700 });
    const deep = place(below);
    check(deep);
    chmodSync(folder, 0o777);
    await expectUntrusted(deep, new RegExp(`^${folder} may be written`));
  });

  it("a link into a folder that others may write", async () => {
    const open = join(folder, "open");
    mkdirSync(open);
    const target = place(open);
    chmodSync(open, 0o777);
    symlinkSync(target, join(folder, "link"));
    await expectUntrusted(join(folder, "link"), /may be written by others/);
  });

  it("a link that lies in a folder that others may write", async () => {
    const open = join(folder, "open");
    mkdirSync(open);
    symlinkSync(socket, join(open, "link"));
    chmodSync(open, 0o777);
    await expectUntrusted(join(open, "link"), /may be written by others/);
  });

  it("more than 40 links", async () => {
    symlinkSync("agent.sock", join(folder, "0"));
    for (let i = 1; i <= 40; i++) symlinkSync(String(i - 1), join(folder, String(i)));
    check(join(folder, "39"));
    await expectUntrusted(join(folder, "40"), /one symbolic link too many/);
    symlinkSync("circle", join(folder, "circle"));
    await expectUntrusted(join(folder, "circle"), /one symbolic link too many/);
  });
});

describe("owners", () => {
  /** With an owner that this process cannot be, it needs no root. */
  it("B119: nothing passes that belongs to nobody trusted", async () => {
    const error = await rejection(() => checkTrust(socket, () => false));
    expect(error.code).toBe("untrusted");
  });

  it("B119: each part of the path is asked for, the socket included", () => {
    const asked: number[] = [];
    checkTrust(socket, (uid) => asked.push(uid) > 0);
    expect(asked.length).toBe(socket.split("/").length);
  });

  it.skipIf(!isRoot)("B119: a socket of a stranger (needs root for chown)", async () => {
    const server = createServer();
    const own = join(folder, "own.sock");
    await new Promise<void>((resolve) => void server.listen(own, resolve));
    chownSync(own, STRANGER, STRANGER);
    await expectUntrusted(own, /belongs to another user/);
    server.close();
  });

  it.skipIf(!isRoot)(
    "B119: a folder of a stranger, and one below such a folder (needs root for chown)",
    async () => {
      chownSync(folder, STRANGER, STRANGER);
      await expectUntrusted(socket, /belongs to another user/);
      const below = join(folder, "below");
      mkdirSync(below, { mode: 0o700 });
      await expectUntrusted(place(below), new RegExp(`^${folder} belongs`));
    },
  );

  it.skipIf(!isRoot)("a link of a stranger in a sticky folder (needs root for chown)", async () => {
    chmodSync(folder, 0o1777);
    const link = join(folder, "link");
    symlinkSync(socket, link);
    check(link);
    lchownSync(link, STRANGER, STRANGER);
    await expectUntrusted(link, /belongs to another user/);
  });

  it.skipIf(!isRoot)("a folder of a stranger in a sticky folder (needs root for chown)", async () => {
    chmodSync(folder, 0o1777);
    const theirs = join(folder, "theirs");
    mkdirSync(theirs, { mode: 0o755 });
    const inside = place(theirs);
    chownSync(theirs, STRANGER, STRANGER);
    await expectUntrusted(inside, /theirs belongs to another user/);
  });
});

describe("nothing to judge", () => {
  it("B119: a missing socket or folder is unreachable", async () => {
    for (const path of [join(folder, "none"), join(folder, "none/agent.sock"), join(socket, "below")]) {
      const error = await refusal(path);
      expect([error.code, error.exit]).toEqual(["unreachable", 5]);
    }
    expect((await refusal(join(folder, "none"))).reason).toBe("absent");
  });

  it("a dangling link is unreachable", async () => {
    symlinkSync("nowhere", join(folder, "dangling"));
    expect((await refusal(join(folder, "dangling"))).reason).toBe("absent");
  });

  it("a file or a folder is no socket", async () => {
    writeFileSync(join(folder, "file"), "");
    for (const path of [join(folder, "file"), folder, dirname(folder), "/"])
      expect((await refusal(path)).reason).toBe("not-a-socket");
  });
});
