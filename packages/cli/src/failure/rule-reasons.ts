import type { ErrorDetails, RuleReason } from "@sotto/client/protocol";
import { RULE_REASONS } from "@sotto/client/protocol";

type Wording = readonly [text: string, hint: string];

const OWN_PLACE = "install it as root where only root may write, such as in /usr/local/bin";
const NO_BOUNDARY =
  "give the job a unit or a user of its own, and the rule --unit or --user; if you mean the interpreter all the same: --allow-interpreter";

/** Why a rule was refused, in words, and what to do instead. `it` is the program that is at fault. */
const REASONS: { readonly [R in RuleReason]: (it: string) => Wording } = {
  "rule-nobody": () => [
    "the rule would be for nobody, or permit nothing",
    "name somebody with --user, --uid, --group, --gid, --unit or --token",
  ],
  "rule-foreign": () => [
    "the rule names somebody as another system does, or what this one cannot tell, so it could not be enforced here",
    "on Windows take --sid, --user or --token; elsewhere anything but --sid",
  ],
  "rule-too-long": () => ["the rule is too long: it may take 8 KiB", "make several rules of it"],
  "rule-expired": () => [
    "the rule would be expired from the start: its time is past by the agent's clock",
    "give --expires a time to come; date shows what time it is here",
  ],
  "token-unknown": () => [
    "there is no token of that label",
    "make it first with: agent token new LABEL; agent token list shows those that there are",
  ],
  "token-set": () => [
    "a rule for a token cannot permit set",
    "what is sent with a set is the value, so no token can be; make a rule of its own for it, by --user or --unit",
  ],
  "once-set": () => [
    "--once counts fetches, so it does not go with set",
    "make two rules: one that permits get with --once, and one that permits set",
  ],
  "rate-set": () => [
    "--rate counts fetches, so it does not go with set",
    "make two rules: one that permits get with --rate, and one that permits set",
  ],
  "zone-unknown": () => [
    "the agent knows no time zone of that name",
    "take UTC or a name such as Europe/Berlin; timedatectl list-timezones shows them",
  ],
  "exe-right": () => [
    "the agent may not see which programs other users run, so it could not enforce the rule",
    "run the agent as root for that, or leave out --exe, --sha256 and --ancestor",
  ],
  "exe-missing": (it) => [`${it} does not exist`, "command -v NAME shows where a program is"],
  "exe-symlink": (it) => [
    `${it} is a symbolic link, or is reached through one`,
    "readlink -f PATH shows the program itself: name that one",
  ],
  "exe-not-a-program": (it) => [
    `${it} is not a program that can be executed`,
    "name the file that the kernel runs",
  ],
  "exe-owner": (it) => [
    `${it}, or a folder above it, does not belong to root: its owner could put something else there`,
    OWN_PLACE,
  ],
  "exe-writable": (it) => [
    `${it}, or a folder above it, may be written by others than root`,
    `close it with chmod go-w, or ${OWN_PLACE}`,
  ],
  "exe-links": (it) => [
    `${it} has more than one hard link, so it is the same program as another`,
    "make a copy of its own: cp FILE FILE.new && mv FILE.new FILE",
  ],
  "exe-mount": (it) => [
    `${it} is on a file system that somebody else than root may answer for`,
    "install it on a local file system that is not mounted nosuid",
  ],
  "exe-script": (it) => [
    `${it} is a script: what runs is its interpreter, and that is the same for every script`,
    NO_BOUNDARY.replace("the interpreter", "its interpreter, name that with --exe"),
  ],
  "exe-interpreter": (it) => [
    `${it} is an interpreter, which runs whatever it is told to: the rule would narrow nothing`,
    NO_BOUNDARY,
  ],
};

/** Text and hint of a refused rule; `program` is named where it is known which one is meant. */
export function ruleRefusal(
  { reason }: ErrorDetails,
  program = "the program",
): { text: string; hint: string } | undefined {
  if (!isRuleReason(reason)) return undefined;
  const [text, hint] = REASONS[reason](program);
  return { text, hint };
}

const isRuleReason = (reason: ErrorDetails["reason"]): reason is RuleReason =>
  RULE_REASONS.some((known) => known === reason);
