import { expect, test } from "vitest";
import { CHECKS } from "./checks/index.ts";
import { HOME, PID, Seeded, SOCKET } from "./fake-machine.test.helper.ts";

test("a sound machine has nothing but ok", () => {
  const checked = new Seeded().run();
  expect(checked.filter(({ result }) => result !== "ok")).toEqual([]);
  expect(checked.length).toBeGreaterThan(35);
});

test("each check has a name of its own", () => {
  const names = CHECKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(20);
});

test("what this user cannot see is told, with the command for who can", () => {
  const seeded = new Seeded();
  seeded.ownedBy(990);
  seeded.machine.uid = 1001;
  seeded.foreign = true;
  for (const path of [`${HOME}/vault`, `${HOME}/config.json`, `/proc/${PID}/environ`])
    seeded.machine.unseen.add(path);
  const rights = seeded.run().at(-1);
  expect(rights).toMatchObject({ check: "rights", result: "warn" });
  expect(rights?.found).toMatch(/by this user: .*config, vault.*agent-environment/);
  expect(rights?.remedy).toBe(`sudo agent doctor --home ${HOME} --socket ${SOCKET}`);
});

test("a home that the agent which answers does not have is not to be given to that agent's user", () => {
  const seeded = new Seeded();
  seeded.home = "/srv/own";
  seeded.machine.uid = 1001;
  seeded.machine.folder(seeded.home, { uid: 1001, mode: 0o700 });
  seeded.machine.file(`${seeded.home}/vault`, "", { uid: 1001, mode: 0o600 });
  const found = seeded.run().filter(({ remedy }) => remedy !== undefined);
  expect(found.map(({ check }) => check)).toContain("agent-home");
  expect(found.map(({ remedy }) => remedy).join("\n")).not.toMatch(/chown/);
});

test("a name with a control character neither moves the cursor nor makes a line", () => {
  const seeded = new Seeded();
  seeded.machine.file(`${HOME}/a\n\x1b[2Jb`, "", { mode: 0o644 });
  const lines = seeded.run().flatMap(({ found, remedy }) => [found, remedy ?? ""]);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(lines.join("")).not.toMatch(/[\u0000-\u001f]/);
});
