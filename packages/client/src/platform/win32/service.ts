import koffi from "koffi";
import type { Handle } from "./api.ts";
import { lastError } from "./api.ts";

/**
 * A process of the service manager's (Service Control Manager). It calls us back in threads of its own: koffi runs such a
 * call in our own thread while that thread waits, so that both callbacks do next to nothing.
 */
const advapi32 = koffi.load("advapi32.dll");
const mainType = koffi.proto("void __stdcall SERVICE_MAIN(uint32 count, void *args)");
const handlerType = koffi.proto(
  "uint32 __stdcall HANDLER_EX(uint32 control, uint32 event, void *data, void *context)",
);
koffi.struct("SERVICE_TABLE_ENTRY", { name: "str16", main: koffi.pointer(mainType) });
koffi.struct("SERVICE_STATUS", {
  ...{ type: "uint32", state: "uint32", accepted: "uint32", exit: "uint32", ownExit: "uint32" },
  ...{ checkPoint: "uint32", waitMs: "uint32" },
});

interface Status {
  readonly type: number;
  readonly state: number;
  readonly accepted: number;
  readonly exit: number;
  readonly ownExit: number;
  readonly checkPoint: number;
  readonly waitMs: number;
}

type Entry = { readonly name: string | null; readonly main: unknown };
const startDispatcher = advapi32.func(
  "int __stdcall StartServiceCtrlDispatcherW(SERVICE_TABLE_ENTRY *table)",
) as unknown as { async(table: readonly Entry[], done: (error: unknown, result: number) => void): void };
const registerHandler = advapi32.func(
  "intptr_t __stdcall RegisterServiceCtrlHandlerExW(str16 name, HANDLER_EX *handler, void *context)",
) as (name: string, handler: unknown, context: null) => Handle;
const setStatus = advapi32.func(
  "int __stdcall SetServiceStatus(intptr_t service, SERVICE_STATUS *status)",
) as (service: Handle, status: Status) => number;

const OWN_PROCESS = 0x10;
const STATE = { stopped: 1, starting: 2, stopping: 3, running: 4 } as const;
const CONTROL = { stop: 1, ask: 4, shutdown: 5 } as const;
const ACCEPTS_STOP_AND_SHUTDOWN = 1 | 4;
const OK = 0;
const NOT_IMPLEMENTED = 120;
/** ERROR_SERVICE_SPECIFIC_ERROR: the number that says more is the service's own. */
const OWN_ERROR = 1066;
const LONGEST_STEP_MS = 60_000;

/** What the service manager knows of this process. */
export interface Service {
  /** Resolves when the manager wants it to end: a stop, or the machine goes down. */
  readonly stopAsked: Promise<void>;
  running(): void;
  stopping(): void;
  /** With the exit status by which it ended; the manager starts no service anew that has said this. */
  stopped(exit: number): void;
}

/** Becomes the service of this name, which is starting then. Throws where it was not the service manager that started this process. */
export function becomeService(name: string): Promise<Service> {
  const { promise: stopAsked, resolve: askToStop } = withResolver();
  return new Promise((resolve, reject) => {
    const handler = koffi.register((control: number) => {
      if (control === CONTROL.stop || control === CONTROL.shutdown) askToStop();
      return Object.values<number>(CONTROL).includes(control) ? OK : NOT_IMPLEMENTED;
    }, koffi.pointer(handlerType));
    const main = koffi.register(() => {
      const service = registerHandler(name, handler, null);
      if (service === 0) reject(lastError("RegisterServiceCtrlHandlerEx"));
      else resolve(startedAs(service, stopAsked));
    }, koffi.pointer(mainType));
    const table = [
      { name, main },
      { name: null, main: null },
    ];
    startDispatcher.async(table, (error, result) => {
      if (error !== null || result === 0) reject(new Error("not started by the service manager"));
    });
  });
}

function startedAs(service: Handle, stopAsked: Promise<void>): Service {
  const report = (state: number, exit = 0): void => {
    const passing = state === STATE.starting || state === STATE.stopping;
    const status = {
      ...{ type: OWN_PROCESS, state, accepted: state === STATE.running ? ACCEPTS_STOP_AND_SHUTDOWN : 0 },
      ...{ exit: exit === 0 ? 0 : OWN_ERROR, ownExit: exit, checkPoint: passing ? 1 : 0 },
      waitMs: passing ? LONGEST_STEP_MS : 0,
    };
    if (setStatus(service, status) === 0) throw lastError("SetServiceStatus");
  };
  report(STATE.starting);
  return {
    stopAsked,
    running: () => report(STATE.running),
    stopping: () => report(STATE.stopping),
    stopped: (exit) => report(STATE.stopped, exit),
  };
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
