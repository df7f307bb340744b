import { Chain } from "./chain.ts";
import { fileName } from "./files.ts";
import type { AbsentFile, AuditLine } from "./read.ts";
import { placeOf } from "./text.ts";
import type { Fault } from "./walk.ts";
import { saysTorn } from "./walk.ts";

/** Follows the chain beside somebody who wants every line, good or bad. */
export class FaultWatch {
  readonly #chain = new Chain();
  #stray: Fault | undefined;
  #first: Fault | undefined;

  /** Takes the next line. */
  see(line: AuditLine | AbsentFile): void {
    if ("absent" in line) return this.#note({ file: line.file, line: 0, kind: "missing-file" });
    if (this.#stray !== undefined && !saysTorn(line, this.#chain.head)) this.#note(this.#stray);
    this.#stray = undefined;
    const kind = this.#chain.check(line);
    if (kind === "no-record") this.#stray = { ...placeOf(line), kind };
    else if (kind !== undefined) this.#note({ ...placeOf(line), kind });
  }

  /** The first thing that was wrong so far. */
  get first(): Fault | undefined {
    const { missing } = this.#chain;
    const gone =
      missing === undefined
        ? undefined
        : ({ file: fileName(missing), line: 0, kind: "missing-file" } as const);
    return this.#first ?? this.#stray ?? gone;
  }

  #note(fault: Fault): void {
    this.#first ??= fault;
  }
}
