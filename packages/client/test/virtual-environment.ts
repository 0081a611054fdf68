import type {
  ByteStream,
  ClientEnvironment,
  HeartbeatLink,
  HeartbeatOptions,
  StreamHandlers,
} from '../src/index.ts';

/** The server's end of a stream. */
export interface ServerStream {
  write(bytes: Uint8Array): void;
  destroy(): void;
}

export interface StreamAcceptor {
  /** Returns undefined to refuse the connection. */
  accept(stream: ServerStream): { handleData(chunk: Uint8Array): void; handleClose(): void } | undefined;
}

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** The latency of one direction, in milliseconds. */
const LATENCY_MS = 1;

/** Time, timers, random numbers and a network under the control of the test. */
export class VirtualEnvironment implements ClientEnvironment {
  readonly transports = ['ws', 'wss', 'tcp'] as const;
  /** Every chunk that a client wrote, for counting. */
  readonly written: Uint8Array[] = [];
  /** What every stream of a client reports as its buffered bytes. */
  bufferedBytes = 0;
  startHeartbeat: ((options: HeartbeatOptions) => HeartbeatLink) | undefined;
  readonly #servers = new Map<number, StreamAcceptor>();
  readonly #tasks = new Map<object, Task>();
  #now = 1_000;
  #order = 0;
  #seed: number;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  setTimer(callback: () => void, delayMs: number): object {
    const handle = {};
    this.#tasks.set(handle, { at: this.#now + Math.max(0, delayMs), order: this.#order++, run: callback });
    return handle;
  }

  clearTimer(timer: object | number): void {
    if (typeof timer === 'object') this.#tasks.delete(timer);
  }

  defer(callback: () => void): void {
    this.setTimer(callback, 0);
  }

  listen(port: number, acceptor: StreamAcceptor): void {
    this.#servers.set(port, acceptor);
  }

  /** Connections to the port are refused from now on. */
  unlisten(port: number): void {
    this.#servers.delete(port);
  }

  openStream(address: { readonly port: number }, handlers: StreamHandlers): ByteStream {
    return new VirtualStream(this, this.#servers.get(address.port), handlers);
  }

  /** Runs everything that is due within the next `ms` milliseconds. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await turn();
      const next = this.#nextTask(until);
      if (next === undefined) break;
      this.#tasks.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].run();
    }
    this.#now = until;
  }

  /** Lets time pass without anything running, as a blocked event loop does. */
  block(ms: number): void {
    this.#now += ms;
  }

  /** Advances until the promise settles. Rejects if that takes more than `maxMs` milliseconds. */
  async settle<T>(promise: Promise<T>, maxMs = 100_000): Promise<T> {
    let isSettled = false;
    const done = () => {
      isSettled = true;
    };
    promise.then(done, done);
    for (const until = this.#now + maxMs; !isSettled && this.#now < until; ) {
      await turn();
      if (!isSettled) await this.advance(1);
    }
    if (!isSettled) throw new Error(`the promise did not settle within ${maxMs} virtual ms`);
    return promise;
  }

  #nextTask(until: number): [object, Task] | undefined {
    let first: [object, Task] | undefined;
    for (const entry of this.#tasks) {
      const [, task] = entry;
      if (task.at > until) continue;
      if (
        first === undefined ||
        task.at < first[1].at ||
        (task.at === first[1].at && task.order < first[1].order)
      ) {
        first = entry;
      }
    }
    return first;
  }
}

class VirtualStream implements ByteStream {
  readonly #environment: VirtualEnvironment;
  readonly #handlers: StreamHandlers;
  #server: { handleData(chunk: Uint8Array): void; handleClose(): void } | undefined;
  #isOpenHere = true;
  #isOpenThere = true;

  constructor(
    environment: VirtualEnvironment,
    acceptor: StreamAcceptor | undefined,
    handlers: StreamHandlers,
  ) {
    this.#environment = environment;
    this.#handlers = handlers;
    environment.setTimer(() => {
      const server = acceptor?.accept({
        write: (bytes) => this.#deliver(bytes.slice()),
        destroy: () => this.#destroyThere(),
      });
      this.#server = server;
      environment.setTimer(() => {
        if (!this.#isOpenHere) return;
        if (server === undefined) this.#closeHere(new Error('connection refused'));
        else handlers.handleOpen();
      }, LATENCY_MS);
    }, LATENCY_MS);
  }

  get bufferedBytes(): number {
    return this.#environment.bufferedBytes;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#environment.written.push(bytes);
    this.#environment.setTimer(() => {
      if (this.#isOpenThere) this.#server?.handleData(bytes);
    }, LATENCY_MS);
  }

  close(): void {
    this.#isOpenHere = false;
    this.#environment.setTimer(() => this.#closeThere(), LATENCY_MS);
  }

  destroy(): void {
    this.close();
  }

  #deliver(bytes: Uint8Array): void {
    this.#environment.setTimer(() => {
      if (this.#isOpenHere) this.#handlers.handleData(bytes);
    }, LATENCY_MS);
  }

  #destroyThere(): void {
    this.#isOpenThere = false;
    this.#environment.setTimer(() => this.#closeHere(undefined), LATENCY_MS);
  }

  #closeThere(): void {
    if (!this.#isOpenThere) return;
    this.#isOpenThere = false;
    this.#server?.handleClose();
  }

  #closeHere(cause: Error | undefined): void {
    if (!this.#isOpenHere) return;
    this.#isOpenHere = false;
    this.#handlers.handleClose(cause);
  }
}

/** Lets every promise that can settle do so. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
