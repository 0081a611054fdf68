import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The program that runs an ensemble for as long as its parent lives, and cleans up after that. */
const HOST = fileURLToPath(new URL('../../../../packages/testkit/src/ensemble-host.ts', import.meta.url));

export type EnsembleKind = 'conclave' | 'zookeeper';

type HostRequest = { type: 'strikeLeader'; how: 'kill' | 'freeze' } | { type: 'heal' };
type HostReply =
  | { type: 'ready'; tcpServers: string[]; webServers: string[] }
  | { type: 'done' }
  | { type: 'failed'; message: string };

/** Three servers on loopback, run by a separate program. */
export class EnsembleLink implements AsyncDisposable {
  readonly tcpServers: readonly string[];
  readonly webServers: readonly string[];
  readonly #child: ChildProcess;
  readonly #kind: EnsembleKind;

  /** Starts the servers and resolves when all of them serve. */
  static async start(kind: EnsembleKind, dataParent: string, signal: AbortSignal): Promise<EnsembleLink> {
    signal.throwIfAborted();
    if (!existsSync(HOST)) throw new Error('ensembles can only be started from the repository of Conclave');
    // Detached from the terminal's group, whose interrupt would reach the program before its order to stop.
    const child = fork(HOST, [kind, '3', dataParent], { detached: true });
    try {
      const ready = await nextReply(child, kind, signal);
      if (ready.type !== 'ready') throw new Error(`the ${kind} ensemble answered ${ready.type}`);
      return new EnsembleLink(kind, child, ready.tcpServers, ready.webServers);
    } catch (error) {
      await end(child);
      throw error;
    }
  }

  private constructor(
    kind: EnsembleKind,
    child: ChildProcess,
    tcpServers: readonly string[],
    webServers: readonly string[],
  ) {
    this.#kind = kind;
    this.#child = child;
    this.tcpServers = tcpServers;
    this.webServers = webServers;
  }

  /** Sends SIGKILL or SIGSTOP to the current leader. Resolves when the signal is delivered. */
  async strikeLeader(how: 'kill' | 'freeze', signal: AbortSignal): Promise<void> {
    await this.#ask({ type: 'strikeLeader', how }, signal);
  }

  /** Starts or continues the server that was struck. Resolves when all servers serve. */
  async heal(signal: AbortSignal): Promise<void> {
    await this.#ask({ type: 'heal' }, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.#child);
  }

  async #ask(request: HostRequest, signal: AbortSignal): Promise<void> {
    const answered = nextReply(this.#child, this.#kind, signal);
    this.#child.send(request);
    const reply = await answered;
    if (reply.type !== 'done') throw new Error(`the ${this.#kind} ensemble answered ${reply.type}`);
  }
}

async function nextReply(child: ChildProcess, kind: EnsembleKind, signal: AbortSignal): Promise<HostReply> {
  const { promise, resolve, reject } = Promise.withResolvers<HostReply>();
  const handleAbort = () => reject(signal.reason);
  const handleExit = () => reject(new Error(`the host of the ${kind} ensemble has ended`));
  child.once('message', resolve);
  child.once('exit', handleExit);
  signal.addEventListener('abort', handleAbort);
  try {
    const reply = await promise;
    if (reply.type === 'failed') throw new Error(reply.message);
    return reply;
  } finally {
    child.off('message', resolve);
    child.off('exit', handleExit);
    signal.removeEventListener('abort', handleAbort);
  }
}

/** Ends the program. When it loses its parent, it ends the servers and removes their data. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  if (child.connected) child.disconnect();
  await exited;
}
