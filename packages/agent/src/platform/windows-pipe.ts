import type { Descriptor, Handle } from "@sotto/client/win32";
import {
  api,
  attributesOf,
  CLIENT_ACCESS,
  descriptorFor,
  descriptorOf,
  meaningOf,
  ownIdentity,
  SID,
  withDescriptor,
} from "@sotto/client/win32";
import type { Arrival, PipeListener, PipeOptions } from "./types.ts";
import { WindowsPeer } from "./windows-peer.ts";

const DUPLEX_OVERLAPPED = 0x3 | 0x40000000;
const FIRST_PIPE_INSTANCE = 0x80000;
const BYTES_FROM_THIS_MACHINE = 0x8; // PIPE_REJECT_REMOTE_CLIENTS, with bytes and waiting being 0
const MOST_INSTANCES = 255; // PIPE_UNLIMITED_INSTANCES
const BUFFER_BYTES = 64 * 1024;
/** So many clients find a place at the same moment; the others wait for the next. */
const ARMED = 4;
const HANDLE_BYTES = 8;
const FOREVER = 0xffff_ffff;

/**
 * The owner is ourselves. Nobody may come over the network; the system and we may do everything; whoever has logged on may
 * connect, as the rules decide the rest, but not make further instances of the pipe, which would be to serve it.
 */
export function pipeDescriptor(own = ownIdentity().sid): string {
  const some = `0x${CLIENT_ACCESS.toString(16)}`;
  const entries = [`(D;;FA;;;${SID.network})`, `(A;;FA;;;${SID.system})`, `(A;;FA;;;${own})`];
  return `O:${own}D:P${entries.join("")}(A;;${some};;;${SID.authenticated})`;
}

/** Whether a pipe of this name is there already, whoever serves it. */
export const isServed = (path: string): boolean =>
  api.waitNamedPipe(path, 1) !== 0 || api.getLastError() !== api.ERROR.fileNotFound;

/** An instance of the pipe that waits for its client. */
interface Instance {
  readonly pipe: Handle;
  readonly event: Handle;
  readonly overlapped: unknown;
  /** Windows is still at work with `overlapped`. */
  readonly pending: boolean;
}

/**
 * Serves a pipe. Node's own server would make one that everybody may read, over the network too, and would not tell who
 * is there. All instances wait in one call of the thread pool: with one each, a few clients would use it up.
 */
export class PipeServer implements PipeListener {
  readonly #path: string;
  readonly #options: PipeOptions;
  readonly #stop: Handle;
  #waiting: Instance[] = [];
  #first = true;
  #closed = false;

  /** Throws where the name is taken, or the pipe did not get the descriptor that it was to have. */
  constructor(path: string, options: PipeOptions) {
    this.#path = path;
    this.#options = options;
    this.#stop = api.createEvent(null, 1, 0, null);
    process.on("exit", this.#onExit);
    try {
      for (let i = 0; i < ARMED; i++) this.#arm();
    } catch (error) {
      this.#cleanUp();
      throw error;
    }
    this.#wait();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    api.setEvent(this.#stop);
  }

  /** The call that waits would hold up the end of the process. */
  readonly #onExit = (): void => void api.setEvent(this.#stop);

  #arm(): void {
    const pipe = this.#make();
    const event = api.createEvent(null, 1, 0, null);
    const overlapped = api.makeOverlapped(event);
    const error = api.connectNamedPipe(pipe, overlapped) === 0 ? api.getLastError() : 0;
    const pending = error === api.ERROR.ioPending;
    const instance = { pipe, event, overlapped, pending };
    if (!pending && error !== 0 && error !== api.ERROR.pipeConnected && error !== api.ERROR.noData) {
      release(instance, true);
      throw api.lastError("ConnectNamedPipe", error);
    }
    if (!pending) api.setEvent(event); // somebody is there already
    this.#waiting.push(instance);
  }

  #make(): Handle {
    const text = pipeDescriptor();
    const open = DUPLEX_OVERLAPPED | (this.#first ? FIRST_PIPE_INSTANCE : 0);
    const pipe = withDescriptor(text, (sd) =>
      api.createNamedPipe(
        ...([
          this.#path,
          open,
          BYTES_FROM_THIS_MACHINE,
          MOST_INSTANCES,
          BUFFER_BYTES,
          BUFFER_BYTES,
          0,
        ] as const),
        attributesOf(sd),
      ),
    );
    if (pipe === -1) throw api.lastError("CreateNamedPipe");
    if (this.#first && !isAlike(descriptorOf(pipe), meaningOf(text))) {
      api.closeHandle(pipe);
      throw new Error("the pipe did not get the access list that it was to have");
    }
    this.#first = false;
    return pipe;
  }

  #wait(): void {
    const events = [this.#stop, ...this.#waiting.map(({ event }) => event)];
    const handles = Buffer.alloc(HANDLE_BYTES * events.length);
    events.forEach((event, i) => handles.writeBigInt64LE(BigInt(event), HANDLE_BYTES * i));
    api.waitForMultipleObjects.async(events.length, handles, 0, FOREVER, (error, which) => {
      handles.fill(0); // and so keeps it alive until here
      if (this.#closed || error !== null || which === 0) return this.#cleanUp();
      const [instance] = this.#waiting.splice(which - 1, 1);
      if (instance !== undefined) this.#taken(instance);
    });
  }

  /** First the next instance and the next wait, so that nobody finds no pipe. */
  #taken(instance: Instance): void {
    const failed =
      instance.pending && api.getOverlappedResult(instance.pipe, instance.overlapped, [0], 0) === 0;
    release(instance, failed);
    try {
      while (this.#waiting.length < ARMED) this.#arm();
    } catch (error) {
      this.#options.onError(error);
    }
    this.#wait();
    if (!failed) this.#options.onArrival(new PipeArrival(instance.pipe));
  }

  #cleanUp(): void {
    for (const instance of this.#waiting) {
      if (instance.pending) {
        api.cancelIoEx(instance.pipe, instance.overlapped);
        api.getOverlappedResult(instance.pipe, instance.overlapped, [0], 1);
      }
      release(instance, true);
    }
    this.#waiting = [];
    process.off("exit", this.#onExit);
    api.closeHandle(this.#stop);
  }
}

function release({ pipe, event, overlapped }: Instance, close: boolean): void {
  api.closeHandle(event);
  api.free(overlapped);
  if (close) api.closeHandle(pipe);
}

/** A client that has connected and sent nothing that was looked at. */
class PipeArrival implements Arrival {
  readonly #pipe: Handle;
  #taken = false;

  constructor(pipe: Handle) {
    this.#pipe = pipe;
  }

  peer(): WindowsPeer {
    const pid: api.Out<number> = [0];
    if (api.getNamedPipeClientProcessId(this.#pipe, pid) === 0)
      throw api.lastError("GetNamedPipeClientProcessId");
    return new WindowsPeer(pid[0], this.#pipe);
  }

  take(): number {
    this.#taken = true; // closed where there is no descriptor for it
    return descriptorFor(this.#pipe);
  }

  close(): void {
    if (!this.#taken) api.closeHandle(this.#pipe);
  }
}

/** Owner and list, entry by entry: anything else is not what was asked for. */
const isAlike = (found: Descriptor, wanted: Descriptor): boolean =>
  found.owner === wanted.owner && JSON.stringify(found.entries) === JSON.stringify(wanted.entries);
