import { Worker } from 'node:worker_threads';
import { InvariantError } from '@conclave/protocol';
import { brokenInvariant, StorageError } from '../errors.ts';
import { fromErrorData } from './error-transport.ts';
import type { ReplyMessage, RequestMessage } from './worker-messages.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StorageError) => void;
}

// The thread's file is .ts beside a source and .js beside a build; the compiler does not rewrite a URL.
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The owner's end of a storage thread: requests with replies, messages without, and notices from the thread. */
export class WorkerLink<
  Request extends { readonly type: string },
  Replies extends Readonly<Record<Request['type'], unknown>>,
  Notice,
> {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #onNotice: (notice: Notice) => void;
  readonly #onDeath: (error: StorageError) => void;
  #nextId = 1;
  #dead: StorageError | undefined;

  /**
   * `module` is the path of the thread's file from the package's source folder, without its extension. `onDeath` is
   * called if the thread ends by itself.
   */
  constructor(module: string, onNotice: (notice: Notice) => void, onDeath: (error: StorageError) => void) {
    const name = module.slice(module.lastIndexOf('/') + 1);
    this.#name = name;
    this.#onNotice = onNotice;
    this.#onDeath = onDeath;
    this.#worker = new Worker(new URL(`../${module}${EXTENSION}`, import.meta.url), {
      name: `conclave-${name}`,
    });
    this.#worker.on('message', (message: ReplyMessage | Notice) => this.#handle(message));
    this.#worker.on('error', (cause) =>
      this.#die(new StorageError('WORKER_FAILED', `the ${name} failed`, { cause })),
    );
    this.#worker.on('exit', () => this.#die(new StorageError('WORKER_FAILED', `the ${name} ended`)));
  }

  request<R extends Request>(request: R, transfer: readonly ArrayBuffer[] = []): Promise<Replies[R['type']]> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    const message: RequestMessage<Request> = { id, request };
    this.#worker.postMessage(message, transfer);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: (value) => resolve(value as Replies[R['type']]), reject });
    });
  }

  post(message: unknown, transfer: readonly ArrayBuffer[]): void {
    if (!this.#dead) this.#worker.postMessage(message, transfer);
  }

  /** Ends the thread. Requests that are still pending are rejected with `CLOSED`. */
  async terminate(): Promise<void> {
    this.#die(new StorageError('CLOSED', 'the storage is closed'), true);
    await this.#worker.terminate();
  }

  #handle(message: ReplyMessage | Notice): void {
    if (!isReply(message)) {
      this.#onNotice(message);
      return;
    }
    // The requests of a link that died were rejected then, and may still be answered.
    if (this.#dead) return;
    const pending = this.#pending.get(message.id);
    if (pending === undefined) {
      this.#die(
        brokenInvariant(new InvariantError(`the ${this.#name} answered request ${message.id} twice`)),
      );
      return;
    }
    this.#pending.delete(message.id);
    if (message.type === 'reply') pending.resolve(message.value);
    else pending.reject(fromErrorData(message.error));
  }

  #die(error: StorageError, asked = false): void {
    if (this.#dead) return;
    this.#dead = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    if (!asked) this.#onDeath(error);
  }
}

function isReply(message: unknown): message is ReplyMessage {
  return typeof message === 'object' && message !== null && 'id' in message;
}
