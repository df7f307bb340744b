import { Command, Option } from "commander";
import type { Call, GlobalOptions } from "./call.ts";
import { usage } from "./failure/failure.ts";
import { usageFailure } from "./failure/usage.ts";
import { manifest } from "./installation.ts";
import { answerBytes, writeAll } from "./output/write.ts";
import { isLinux } from "./platform/index.ts";
import { GLOBAL_OPTIONS } from "./table/global-options.ts";
import { GROUPS } from "./table/index.ts";
import type { CommandSpec, OptionSpec } from "./table/spec.ts";

/** Runs a command once it is parsed. */
export type Runner = (spec: CommandSpec, call: Call) => Promise<void>;

const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  service: "run the machine's agent as a service of Windows",
  slot: "the ways to open the vault",
  systemd: "run the machine's agent as a system service",
  token: "the credentials that jobs are configured with",
};
const GLOBAL_HEADING = "Global options:";

/** The command line as a whole: every command of the table, none of their modules. */
export function buildProgram(run: Runner): Command {
  const program = prepare(new Command("agent"))
    .description(
      "Keeps the credentials of unattended jobs in memory, and hands each job what its rules allow.",
    )
    .version(manifest().version, "--version", "print the version")
    .enablePositionalOptions()
    .addHelpText(
      "after",
      exampleText(
        "agent start && agent init\n  $ agent set bank/login\n  $ agent grant bank/login --user batch",
      ),
    );
  addOptions(program, "", []);
  for (const { heading, commands } of GROUPS) {
    for (const spec of commands) addCommand(program, spec, heading, run);
  }
  return addHelp(program);
}

/** commander's own shows the help of a group for what is in it, and that of the program for what is not there. */
function addHelp(program: Command): Command {
  const help = prepare(new Command("help"))
    .description("show how a command is called, with an example")
    .argument("[command...]")
    .action((path: readonly string[]) => find(program, path).help());
  return program.helpCommand(false).addCommand(help.helpGroup("Help:"));
}

function find(program: Command, path: readonly string[]): Command {
  return path.reduce((at, name) => {
    const found = at.commands.find((command) => command.name() === name);
    if (found === undefined) throw usage("help: there is no such command", "agent --help lists them");
    return found;
  }, program);
}

/** What all have in common: help in our manner, errors in our voice, and the global options. */
function prepare(command: Command): Command {
  return command
    .enablePositionalOptions() // `audit` takes options and has commands below it, which take the same ones
    .addHelpOption(new Option("-h, --help", "show this help").helpGroup(GLOBAL_HEADING))
    .configureHelp({ subcommandTerm: termOf })
    .configureOutput({
      writeOut: (text) => answerBytes(Buffer.from(text)),
      writeErr: (text) => writeAll(2, Buffer.from(text)),
      outputError: () => undefined, // told by main, in our voice
    })
    .exitOverride((error) => {
      throw usageFailure(command, error);
    });
}

/** Own options first: the help shows them in this order. */
function addOptions(command: Command, path: string, own: readonly OptionSpec[]): void {
  const prefix = path === "" ? "" : `${path}: `;
  for (const option of own) command.addOption(toOption(option, prefix));
  for (const option of GLOBAL_OPTIONS) command.addOption(toOption(option, prefix).helpGroup(GLOBAL_HEADING));
}

/** A command in the list of the help: with what it takes, without the word "options". */
function termOf(command: Command): string {
  const operands = command.registeredArguments.map((one) =>
    one.required ? `<${one.name()}>` : `[${one.name()}]`,
  );
  return [command.name(), ...operands].join(" ");
}

function addCommand(program: Command, spec: CommandSpec, heading: string, run: Runner): void {
  const [last = "", ...groups] = spec.name.split(" ").reverse();
  const parent = groups.reduce((at, name) => findGroup(at, name, heading, spec.example), program);
  const command = prepare(new Command(last)).description(spec.summary);
  for (const operand of spec.operands?.split(" ") ?? []) command.argument(operand);
  addOptions(command, spec.name, spec.options ?? []);
  command.addHelpText("after", exampleText(spec.example));
  command.action(() => {
    checkSystem(spec);
    return run(spec, toCall(spec, command));
  });
  parent.addCommand(parent === program ? command.helpGroup(heading) : command);
}

/** Groups of commands that are there on one system, and what does the same on the other. */
const INSTEAD: Readonly<Record<string, string>> = { service: "systemd", systemd: "service" };

function checkSystem({ name, linux, windows }: CommandSpec): void {
  if ((linux !== true || isLinux) && (windows !== true || !isLinux)) return;
  const other = INSTEAD[name.split(" ")[0] ?? ""];
  throw usage(
    `agent ${name} is not there on this system`,
    other && `what there is here: agent ${other} install, agent ${other} print`,
  );
}

const exampleText = (example: string): string => `\nExample:\n  $ ${example}`;

/** `slot` in `slot add`; made when it is first needed. Its example is that of the first command in it. */
function findGroup(parent: Command, name: string, heading: string, example: string): Command {
  const known = parent.commands.find((command) => command.name() === name);
  if (known !== undefined) return known;
  const group = prepare(new Command(name))
    .description(GROUP_SUMMARIES[name] ?? "")
    .addHelpText("after", exampleText(example))
    .helpGroup(heading);
  addOptions(group, name, []);
  parent.addCommand(group);
  return group;
}

function toOption([flags, description, parse]: OptionSpec, prefix: string): Option {
  const option = new Option(flags, description);
  const long = `${prefix}${option.long ?? flags}`;
  return parse === undefined ? option : option.argParser((text, previous) => parse(text, long, previous));
}

function toCall(spec: CommandSpec, command: Command): Call {
  const options: GlobalOptions = {};
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const outer = at === command ? at.opts() : globalsOf(at);
    Object.assign(options, { ...outer, ...options });
  }
  return { command: spec.name, job: spec.job === true, operands: command.args, options };
}

/** Only the global options: the version flag of the program is not the `--version` of a command. */
function globalsOf(command: Command): GlobalOptions {
  const { home, socket, passphraseFd, json, quiet } = command.opts<GlobalOptions>();
  const all = { home, socket, passphraseFd, json, quiet };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
