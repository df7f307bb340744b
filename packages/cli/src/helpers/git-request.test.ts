import { expect, test } from "vitest";
import { parseGitRequest } from "./git-request.ts";

const parse = (text: string): unknown => parseGitRequest(Buffer.from(text, "latin1"));

test("a request of git: what is known of it, up to the empty line", () => {
  const text = "capability[]=authtype\nprotocol=https\nhost=h:1\npath=a/b=c\nwwwauth[]=Basic realm=x\n";
  expect(parse(text)).toEqual({ protocol: "https", host: "h:1", path: "a/b=c" });
  expect(parse(`${text}\npassword=later\n`)).not.toHaveProperty("password");
  expect(parse("")).toEqual({});
  expect(parse("host=first\nhost=last")).toEqual({ host: "last" });
});

test("a password stays bytes, whatever they are", () => {
  expect(parse("username=u\npassword=\xff=\t x \n")).toEqual({
    username: "u",
    password: Buffer.from("\xff=\t x ", "latin1"),
  });
});

test.each(["host=a\0b\n", "host=a\rpassword=b\n", "password=hunter2\r\n", "hunter2\n", "=hunter2\n"])(
  "%j is refused, and not quoted",
  (text) => {
    expect(() => parse(text)).toThrow(/^the request holds a byte 0|^a line of the request is not/);
  },
);
