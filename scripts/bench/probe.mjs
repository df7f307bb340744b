/** The client of the benchmark, probe.c: compiled for the run, and called for one sample at a time. */
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Where the programs are that are measured; some keep them aside. */
export const PROGRAMS = `${process.env.PATH}:/usr/lib/gnupg:/usr/lib/git-core`;
const PATIENCE_MS = 120_000;

/** Compiles a C file beside this one; returns the program. Throws where there is no compiler. */
export function compile(name, folder) {
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  execFileSync("cc", ["-O2", "-o", `${folder}/${name}`, source], { stdio: ["ignore", "ignore", "pipe"] });
  return `${folder}/${name}`;
}

export class Probe {
  #program;
  #folder;
  #files = 0;

  constructor(folder) {
    this.#folder = folder;
    this.#program = compile("probe", folder);
  }

  /** One sample of a server: `warm` and `cold` in microseconds, `burst` in milliseconds to the last of `count` answers. */
  async sample(mode, subject, count) {
    subject.files ??= await this.#learn(subject);
    const { stdout } = await this.#run([
      mode,
      subject.socket,
      String(count),
      subject.greeting ? "1" : "0",
      ...subject.files,
    ]);
    const [value, again] = stdout.split(" ").map(Number);
    return { value, again };
  }

  /** Milliseconds of a whole process, from its start to its exit. */
  async whole({ command, output, env = {} }, file = this.#put(output)) {
    const { stdout } = await this.#run(["run", "1", file, ...command], env);
    return Number(stdout);
  }

  /** What the command of a subject writes; it must hold the value. */
  async output({ command, env = {}, holds }) {
    const options = { env: { PATH: PROGRAMS, ...env }, encoding: "buffer", timeout: PATIENCE_MS };
    const { stdout } = await promisify(execFile)(command[0], command.slice(1), options);
    if (!stdout.includes(holds)) throw new Error(`${command[0]} does not answer with the value`);
    return stdout;
  }

  /** Keeps the request, and the answer to it, which must hold the value: each later one must be the same bytes. */
  async #learn(subject) {
    const reply = await askOnce(subject);
    if (!reply.includes(subject.holds)) throw new Error(`${subject.name} does not answer with the value`);
    return [this.#put(subject.request), this.#put(reply)];
  }

  #put(bytes) {
    const file = `${this.#folder}/bytes-${String(this.#files++)}`;
    writeFileSync(file, bytes, { mode: 0o600 });
    return file;
  }

  #run(args, env = {}) {
    return promisify(execFile)(this.#program, args, {
      env: { PATH: PROGRAMS, ...env },
      timeout: PATIENCE_MS,
    });
  }
}

async function askOnce({ socket, greeting, request, isWhole }) {
  const connection = connect(socket);
  try {
    if (greeting) await once(connection, "data");
    connection.write(request);
    let bytes = Buffer.alloc(0);
    while (!isWhole(bytes)) bytes = Buffer.concat([bytes, ...(await once(connection, "data"))]);
    return bytes;
  } finally {
    connection.destroy();
  }
}
