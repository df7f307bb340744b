import { nameOption } from "../helpers/names.ts";
import { once } from "../parse/rule-values.ts";
import { WAIT_AND_TOKEN } from "./get.ts";
import type { CommandGroup } from "./spec.ts";

export const HELPERS: CommandGroup = {
  heading: "As the helper of another program:",
  commands: [
    {
      name: "git-credential",
      summary: "a credential helper of git: get and store",
      operands: "<operation>",
      options: [
        ["--name <name>", "this secret, whatever git asks for", once(nameOption)],
        ["--prefix <name>", "secrets below this name, by host and path (git)", once(nameOption)],
        ...WAIT_AND_TOKEN,
      ],
      example: "git config --global credential.helper '!agent git-credential'",
      job: true,
      load: () => import("../commands/git-credential.ts"),
    },
    {
      name: "docker-credential",
      summary: "a credential helper of docker: get, store, erase, list and version",
      operands: "<operation>",
      options: WAIT_AND_TOKEN,
      example: "echo ghcr.io | docker-credential-sotto get",
      job: true,
      load: () => import("../commands/docker-credential.ts"),
    },
    {
      name: "aws-credential",
      summary: "a credential_process of the AWS tools",
      operands: "<name>",
      options: WAIT_AND_TOKEN,
      example: "aws configure set credential_process 'agent aws-credential aws/backup'",
      job: true,
      load: () => import("../commands/aws-credential.ts"),
    },
    {
      name: "askpass",
      summary: "answer a prompt of ssh, sudo and others with the secret that SOTTO_ASKPASS_NAME names",
      operands: "[prompt]",
      options: WAIT_AND_TOKEN,
      example: "SOTTO_ASKPASS_NAME=sudo/batch SUDO_ASKPASS=$(command -v sotto-askpass) sudo -A id",
      job: true,
      load: () => import("../commands/askpass.ts"),
    },
  ],
};
