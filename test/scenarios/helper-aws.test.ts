/** The AWS tools get their keys from the agent: the real client, and a server that checks its signature. */
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Result } from "../support/command.ts";
import { HelperPrograms } from "../support/helper-programs.ts";
import { liveAgent } from "../support/live-agent.ts";
import { needsPrograms } from "../support/requirements.ts";

const UID = String(process.getuid?.() ?? 0);
const KEY_ID = "AKIAEXAMPLE000000000";
const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY"\\\u00e9';
const ID_ATTRIBUTE = ["--attr", `access-key-id=${KEY_ID}`];
const agent = liveAgent();
let programs: HelperPrograms;
let server: Server;

beforeAll(async () => {
  programs = new HelperPrograms(agent().sandbox);
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.once("end", () => {
      const isSigned = signatureOf(request, Buffer.concat(parts)) === given(request, "Signature");
      response
        .writeHead(isSigned ? 200 : 403, { "Content-Type": "text/xml" })
        .end(isSigned ? IDENTITY : REFUSED);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  await agent().sandbox.grant("aws/**", "--uid", UID);
});
afterAll(() => server.close());

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/batch</Arn><UserId>x</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;
const REFUSED =
  "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error></ErrorResponse>";

const given = ({ headers }: IncomingMessage, field: string): string =>
  new RegExp(`${field}=([^, ]+)`).exec(headers.authorization ?? "")?.[1] ?? "";
const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");

/** Signature version 4: AWS Identity and Access Management, User Guide, "Create a signed AWS API request". */
function signatureOf(request: IncomingMessage, body: Buffer): string {
  const signed = given(request, "SignedHeaders");
  const fields = signed.split(";").map((name) => `${name}:${String(request.headers[name])}\n`);
  const canonical = [request.method, request.url, "", fields.join(""), signed, sha256(body)].join("\n");
  const [id = "", ...scope] = given(request, "Credential").split("/");
  const text = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope.join("/"), sha256(canonical)].join(
    "\n",
  );
  const start = Buffer.from(`AWS4${id === KEY_ID ? KEY : "unknown"}`);
  const key = scope.reduce<Buffer>((last, part) => createHmac("sha256", last).update(part).digest(), start);
  return createHmac("sha256", key).update(text).digest("hex");
}

function callerIdentity(): Promise<Result> {
  const config = join(programs.home, "aws-config");
  writeFileSync(
    config,
    "[profile job]\nregion = eu-central-1\ncredential_process = agent aws-credential aws/main\n",
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    AWS_CONFIG_FILE: config,
    AWS_PROFILE: "job",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_MAX_ATTEMPTS: "1",
  };
  return programs.run("aws", ["sts", "get-caller-identity", "--endpoint-url", url, "--output", "json"], {
    env,
  });
}

const ask = (name: string): Promise<Result> => agent().sandbox.agent(["aws-credential", name]);

it("aws signs its requests with the key of the agent; with a wrong one it is refused", async (context) => {
  needsPrograms(context, "aws");
  await agent().sandbox.set("aws/main", KEY, ID_ATTRIBUTE);
  const first = await callerIdentity();
  expect([first.status, first.stdout.toString()], first.stderr).toEqual([
    0,
    expect.stringContaining("123456789012"),
  ]);
  await agent().sandbox.set("aws/main", "wrong");
  const second = await callerIdentity();
  expect(second.status).not.toBe(0);
  expect(second.stderr).toContain("SignatureDoesNotMatch");
});

it("the document holds what credential_process wants, and a session token where an attribute names one", async () => {
  const { sandbox } = agent();
  await sandbox.set("aws/plain", KEY, ID_ATTRIBUTE);
  const plain = { Version: 1, AccessKeyId: KEY_ID, SecretAccessKey: KEY };
  expect(JSON.parse((await ask("aws/plain")).stdout.toString())).toEqual(plain);
  const expiration = "2030-01-01T00:00:00Z";
  const attributes = ["--attr", "session-token=aws/session", "--attr", `expiration=${expiration}`];
  await sandbox.set("aws/full", KEY, [...ID_ATTRIBUTE, ...attributes]);
  await sandbox.set("aws/session", "of the\tsession");
  expect(JSON.parse((await ask("aws/full")).stdout.toString())).toEqual({
    ...plain,
    SessionToken: "of the\tsession",
    Expiration: expiration,
  });
});

it("half a credential is none", async () => {
  const { sandbox } = agent();
  const expectNone = async (exit: number, text: string): Promise<void> => {
    const { status, stdout, stderr } = await ask("aws/half");
    expect([status, stdout.toString(), stderr]).toEqual([exit, "", expect.stringContaining(text)]);
  };
  await expectNone(4, "denied");
  await sandbox.set("aws/half", KEY);
  await expectNone(1, "access-key-id");
  await sandbox.set("aws/half", KEY, [...ID_ATTRIBUTE, "--attr", "session-token=not-allowed"]);
  await expectNone(4, "denied");
  await sandbox.set("aws/half", KEY, ["--attr", "session-token=No Name"]);
  await expectNone(1, "not the name of a secret");
  await sandbox.set("aws/half", `${KEY}\n`, ["--attr", "session-token="]);
  await expectNone(1, "more than one line");
  await sandbox.set("aws/half", Buffer.from([0xff]));
  await expectNone(1, "not UTF-8");
});
