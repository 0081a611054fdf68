import { serverMode } from './four-letter-words.ts';
import { RestartableServer } from './restartable-server.ts';
import type { ServerProcessSpec } from './server-process.ts';
import type { TemporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

export interface MemberSpec {
  readonly id: number;
  /** Where ZooKeeper's protocol is spoken. */
  readonly tcpPort: number;
  /** Where WebSocket is spoken, by those who do. */
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

/** Servers on loopback in processes of their own, with data in a folder that goes with them. */
export class Ensemble implements AsyncDisposable {
  readonly kind: EnsembleKind;
  readonly members: readonly Member[];
  readonly #directory: TemporaryDirectory;

  constructor(kind: EnsembleKind, members: readonly Member[], directory: TemporaryDirectory) {
    this.kind = kind;
    this.members = members;
    this.#directory = directory;
  }

  /** Starts whoever does not run. */
  start(): void {
    for (const member of this.members) member.start();
  }

  /** Resolves when every member serves, and one of them leads. Rejects with the logs of those that do not. */
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

  /** Starts whoever does not run and waits until all serve, as `ready` does. When it fails, nothing runs any more. */
  async serve(): Promise<void> {
    this.start();
    try {
      await this.ready();
    } catch (error) {
      // Why it failed is what must be told, even where the data cannot go yet, as when a disk is mounted in it.
      await this.stop().catch(() => {});
      throw error;
    }
  }

  /** The member that leads, or serves alone. Waits while there is none. */
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

  /** `tcp://` addresses of ZooKeeper's protocol. */
  get tcpServers(): string[] {
    return this.members.map((member) => `tcp://127.0.0.1:${member.tcpPort}`);
  }

  /** `host:port,host:port`, as ZooKeeper's own clients are told of servers. */
  get connectString(): string {
    return this.members.map(({ tcpPort }) => `127.0.0.1:${tcpPort}`).join(',');
  }

  /** `ws://` addresses; none where WebSocket is not spoken. */
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
