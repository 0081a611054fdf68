import { Worker } from 'node:worker_threads';
import type { HeartbeatLink, HeartbeatOptions } from '../environment/heartbeat.ts';
import { HeartbeatMemory, sharedNow } from './heartbeat-memory.ts';
import type { HeartbeatCommand, HeartbeatNotice } from './heartbeat-messages.ts';

/** The module of the thread, which is beside this one, both in the sources and when built. */
const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './heartbeat-worker.ts' : './heartbeat-worker.js',
  import.meta.url,
);

/**
 * The heartbeats of one session, sent by a thread that all sessions of the process share. If the thread cannot run (a
 * bundle without its module, a runtime without threads), the heartbeats of the event loop remain.
 */
export class HeartbeatThread implements HeartbeatLink {
  readonly #memory = new HeartbeatMemory();
  readonly #stop: () => void;
  /** By how much `performance.now()` of this thread lags behind the shared clock, or a little more. */
  readonly #offsetMs: number;

  constructor(options: HeartbeatOptions) {
    const { onSessionGone, onFailure, mustVouch, ...session } = options;
    const before = performance.now();
    this.#offsetMs = sharedNow() - before;
    sharedThread ??= new SharedThread(() => {
      sharedThread = undefined;
    });
    this.#stop = sharedThread.add(
      { session, mustVouch, memory: this.#memory.buffer },
      { onSessionGone, onFailure },
    );
  }

  provedAt(): number {
    const provedAt = this.#memory.provedAt;
    return provedAt === 0 ? Number.NEGATIVE_INFINITY : provedAt - this.#offsetMs;
  }

  vouch(): void {
    this.#memory.vouch();
  }

  stop(): void {
    this.#stop();
  }
}

type Listener = Pick<HeartbeatOptions, 'onSessionGone' | 'onFailure'>;
type Start = Extract<HeartbeatCommand, { type: 'start' }>;

let sharedThread: SharedThread | undefined;

/** The thread. It stays for the next session when the last one has ended, and does not keep a program from ending. */
class SharedThread {
  readonly #worker = new Worker(workerUrl, { name: 'conclave-heartbeat', execArgv: threadArguments() });
  readonly #listeners = new Map<number, Listener>();
  #lastKey = 0;

  constructor(onEnded: () => void) {
    this.#worker.on('message', (notice: HeartbeatNotice) => {
      const listener = this.#listeners.get(notice.key);
      this.#listeners.delete(notice.key);
      listener?.onSessionGone();
    });
    this.#worker.on('error', (cause) => {
      onEnded();
      const listeners = [...this.#listeners.values()];
      this.#listeners.clear();
      const error = cause instanceof Error ? cause : new Error('the heartbeat thread failed', { cause });
      for (const listener of listeners) listener.onFailure(error);
    });
    this.#worker.unref();
  }

  /** Begins the heartbeats of a session. Returns a function that ends them. */
  add(start: Omit<Start, 'type' | 'key'>, listener: Listener): () => void {
    const key = ++this.#lastKey;
    this.#listeners.set(key, listener);
    this.#worker.postMessage({ ...start, type: 'start', key } satisfies HeartbeatCommand);
    return () => {
      this.#listeners.delete(key);
      this.#worker.postMessage({ type: 'stop', key } satisfies HeartbeatCommand);
    };
  }
}

/** Returns the arguments without `--input-type`, which is for `--eval` and with which Node.js refuses to run a file. */
function threadArguments(): string[] {
  const option = '--input-type';
  return process.execArgv.filter(
    (argument, at, all) => !argument.startsWith(option) && all[at - 1] !== option,
  );
}
