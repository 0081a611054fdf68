import { serverMode } from './four-letter-words.ts';
import { RestartableServer } from './restartable-server.ts';
import type { ServerProcessSpec } from './server-process.ts';
import type { TemporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

export interface MemberSpec {
  readonly id: number;
  /** The port for ZooKeeper's protocol. */
  readonly tcpPort: number;
  /** The port for WebSocket, if the server has one. */
  readonly webPort: number | undefined;
  readonly dataDir: string;
  readonly process: ServerProcessSpec;
}

/** One server of an ensemble, with its ports and data. */
export class Member extends RestartableServer {
  readonly tcpPort: number;
  readonly webPort: number | undefined;
  readonly dataDir: string;
  readonly logFile: string;

  constructor({ id, tcpPort, webPort, dataDir, process }: MemberSpec) {
    super(id, () => process);
    this.tcpPort = tcpPort;
    this.webPort = webPort;
    this.dataDir = dataDir;
    this.logFile = process.logFile;
  }
}

export type EnsembleKind = 'conclave' | 'zookeeper';

/** Servers on loopback in processes of their own. Their data is in a folder that is removed with them. */
export class Ensemble implements AsyncDisposable {
  readonly kind: EnsembleKind;
  readonly members: readonly Member[];
  readonly #directory: TemporaryDirectory;

  constructor(kind: EnsembleKind, members: readonly Member[], directory: TemporaryDirectory) {
    this.kind = kind;
    this.members = members;
    this.#directory = directory;
  }

  /** Starts every member that is not running. */
  start(): void {
    for (const member of this.members) member.start();
  }

  /** Resolves when every member serves and one of them leads. Otherwise rejects with the ends of their logs. */
  async ready(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    try {
      const outcome = await until(
        async () => {
          const dead = this.members.find((member) => !member.running);
          if (dead !== undefined) return dead;
          const modes = await Promise.all(this.members.map((member) => serverMode(member.tcpPort)));
          const leaders = modes.filter((mode) => mode === 'leader' || mode === 'standalone');
          return leaders.length === 1 && !modes.includes(undefined) ? 'serving' : undefined;
        },
        { what: `${this.members.length} ${this.kind} servers to serve`, signal: options.signal },
      );
      if (outcome !== 'serving') throw new Error(`server ${outcome.id} has ended`);
    } catch (cause) {
      options.signal?.throwIfAborted();
      const logs = await Promise.all(
        this.members.map(async (member) => `server ${member.id}:\n${await member.logTail()}`),
      );
      throw new Error(`the ${this.kind} ensemble does not serve; the ends of its logs:\n${logs.join('\n')}`, {
        cause,
      });
    }
  }

  /** Starts every member that is not running, and waits as `ready` does. If that fails, it stops them all. */
  async serve(): Promise<void> {
    this.start();
    try {
      await this.ready();
    } catch (error) {
      // The first error must reach the caller, even if the data cannot be removed, for example because a disk is mounted in it.
      await this.stop().catch(() => {});
      throw error;
    }
  }

  /** Resolves to the member that leads, or serves alone. Waits while there is none. */
  leader(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Member> {
    return until(
      async () => {
        for (const member of this.members) {
          const mode = member.running ? await serverMode(member.tcpPort) : undefined;
          if (mode === 'leader' || mode === 'standalone') return member;
        }
        return undefined;
      },
      { what: 'a leader', signal: options.signal },
    );
  }

  /** `tcp://` addresses for ZooKeeper's protocol. */
  get tcpServers(): string[] {
    return this.members.map((member) => `tcp://127.0.0.1:${member.tcpPort}`);
  }

  /** `host:port,host:port`, as ZooKeeper's own clients take addresses. */
  get connectString(): string {
    return this.members.map(({ tcpPort }) => `127.0.0.1:${tcpPort}`).join(',');
  }

  /** `ws://` addresses. Empty if the servers have no port for WebSocket. */
  get webServers(): string[] {
    return this.members.flatMap(({ webPort }) =>
      webPort === undefined ? [] : [`ws://127.0.0.1:${webPort}`],
    );
  }

  /** Ends the processes and removes the data. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    await this.#directory[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
