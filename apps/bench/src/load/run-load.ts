import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GapResult, LoadReply, LoadRequest, LoadSpec, ThroughputResult } from './load-messages.ts';

const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const PROGRAM = fileURLToPath(new URL(`./load-process${EXTENSION}`, import.meta.url));

export type LoadResult =
  | { readonly type: 'throughput'; readonly result: ThroughputResult }
  | { readonly type: 'gap'; readonly result: GapResult };

export interface RunLoadOptions {
  /** Kills or freezes the leader, in scenarios with a fault. */
  readonly strike: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Starts a process for one run and resolves to its result. Rejects with the reason if it fails. */
export async function runLoad(spec: LoadSpec, { strike, signal }: RunLoadOptions): Promise<LoadResult> {
  signal.throwIfAborted();
  const child = fork(PROGRAM, { serialization: 'advanced', detached: true });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const handleAbort = () => reject(signal.reason);
  signal.addEventListener('abort', handleAbort);
  child.once('error', reject);
  child.once('exit', (code, killedBy) => reject(new Error(`the load ended with ${code ?? killedBy}`)));
  const send = (request: LoadRequest) => child.send(request);
  child.on('message', (reply: LoadReply) => {
    switch (reply.type) {
      case 'steady':
        strike().then(() => send({ type: 'struck' }), reject);
        return;
      case 'failed':
        reject(new Error(reply.message));
        return;
      default:
        resolve(reply);
    }
  });
  send({ type: 'run', spec });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', handleAbort);
    child.kill('SIGKILL');
    await exited;
  }
}
