import { expect, it } from "vitest";
import { Sandbox } from "../support/sandbox.ts";

it.each(["print", "install", "uninstall", "run"])(
  "agent service %s is of Windows, and says what there is here",
  async (command) => {
    await using sandbox = new Sandbox();
    const { status, stdout, stderr } = await sandbox.agent(["service", command]);
    expect([status, stdout.toString(), stderr.split("\n")]).toEqual([
      2,
      "",
      [
        `agent: error: agent service ${command} is not there on this system`,
        "agent: hint: what there is here: agent systemd install, agent systemd print",
        "",
      ],
    ]);
  },
);
