import { runCommand } from "./command.ts";
import type { Heard } from "./other-process.ts";
import { frame } from "./raw-connection.ts";

/**
 * A client that forks, runs other programs and changes who it is between connect and request, which node cannot.
 * `dial` connects, `ask` sends the request and returns all that comes back, `tell` prints it for the test.
 */
const PRELUDE = `
use strict; use Socket; $| = 1; $^F = 255; $SIG{PIPE} = "IGNORE";
my ($path, $request) = splice(@ARGV, 0, 2);
sub dial {
  socket(my $socket, PF_UNIX, SOCK_STREAM, 0) or die;
  connect($socket, sockaddr_un($path)) or die "connect: $!";
  return $socket;
}
sub ask {
  my ($socket) = @_; my $all = "";
  syswrite($socket, pack("H*", $request));
  while (sysread($socket, my $part, 65536)) {
    $all .= $part;
    next if length($all) < 8;
    my ($header, $payload) = unpack("NN", $all);
    last if length($all) >= 8 + $header + $payload;
  }
  return $all;
}
sub tell_test { print unpack("H*", $_[0]), "\\n" }
sub pause { select(undef, undef, undef, 0.01) }
sub until_true { my ($what) = @_; for (1 .. 3000) { return if $what->(); pause() } die "waited in vain" }
`;

/** Connects, asks and tells. */
const JUST_ASK = "tell_test(ask(dial()));";

export interface PerlClient {
  /** The interpreter: perl or a copy of it. */
  readonly program: string;
  readonly socket: string;
  /** The secret to fetch. */
  readonly name: string;
  /** What it does, in Perl; just connects, asks and tells unless given. */
  readonly body?: string;
  /** More arguments, which the body finds in `@ARGV`. */
  readonly args?: readonly string[];
  /** A command that starts it, such as setpriv(1) with its arguments. */
  readonly become?: readonly string[];
}

/** Runs it to the end, and that of all its children. */
export async function askByPerl(client: PerlClient): Promise<Heard> {
  const [heard, ...more] = await askManyByPerl(client);
  if (heard === undefined || more.length > 0) throw new Error(`it was told ${String(more.length)} answers`);
  return heard;
}

/** Every answer that it tells of. */
export async function askManyByPerl(client: PerlClient): Promise<Heard[]> {
  const [command, ...args] = perlCommand(client) as [string, ...string[]];
  const { status, stdout, stderr } = await runCommand(command, args, {
    env: { PATH: process.env["PATH"] ?? "" },
  });
  if (status !== 0) throw new Error(`${command} exited ${String(status)}: ${stderr}`);
  return stdout
    .toString()
    .split("\n")
    .slice(0, -1)
    .map((line) => heardIn(line, stderr));
}

/** The command that starts it and its arguments. */
function perlCommand({ program, socket, name, body, args, become }: PerlClient): string[] {
  return [...(become ?? []), program, "-e", perlScript(body), socket, requestFor(name), ...(args ?? [])];
}

/** The whole script of a client, whose arguments are the socket and the request. */
export const perlScript = (body = JUST_ASK): string => PRELUDE + body;

/** The request to fetch a secret, as hexadecimal digits. */
export const requestFor = (name: string): string => frame({ v: 1, id: 1, verb: "get", name }).toString("hex");

/** What a client has told of. */
export function heardIn(line: string, errors = ""): Heard {
  const bytes = Buffer.from(line, "hex");
  const start = bytes.length === 0 ? 0 : 8 + bytes.readUInt32BE(0);
  return { bytes, payload: bytes.subarray(start), errors };
}
