import type { ServerStatus } from '@conclave/server';
import { until } from '@conclave/testkit';
import type { Network } from '../network/network.ts';
import { TrialServer } from './trial-server.ts';

const RECOVERY_TIMEOUT_MS = 60_000;

export interface TrialEnsembleOptions {
  readonly network: Network;
  readonly directory: string;
  readonly diskMegabytes: number | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The servers of one trial. */
export class TrialEnsemble implements AsyncDisposable {
  readonly servers: readonly TrialServer[];

  /** Installs the servers without starting them. */
  static async install({ network, ...options }: TrialEnsembleOptions): Promise<TrialEnsemble> {
    await using installed = new AsyncDisposableStack();
    const servers: TrialServer[] = [];
    for (const place of network.places) {
      servers.push(installed.use(await TrialServer.install({ place, network, ...options })));
    }
    installed.move();
    return new TrialEnsemble(servers);
  }

  private constructor(servers: readonly TrialServer[]) {
    this.servers = servers;
  }

  start(): void {
    for (const server of this.servers) server.start();
  }

  server(id: number): TrialServer {
    const server = this.servers.find((candidate) => candidate.id === id);
    if (server === undefined) throw new Error(`there is no server ${id}`);
    return server;
  }

  othersThan({ id }: TrialServer): TrialServer[] {
    return this.servers.filter((server) => server.id !== id);
  }

  /** Waits until all of these servers serve under one leader, and resolves to it. Otherwise rejects with their logs. */
  async inService(servers: readonly TrialServer[] = this.servers): Promise<TrialServer> {
    try {
      return await until(
        async () => {
          const all = await Promise.all(servers.map((server) => server.status()));
          const leader = all[0]?.leader ?? undefined;
          const agreed = all.every((status) => status?.serving === true && status.leader === leader);
          return agreed && leader !== undefined ? this.server(leader) : undefined;
        },
        {
          what: `servers ${servers.map(({ id }) => id).join(', ')} to serve under one leader`,
          timeoutMs: RECOVERY_TIMEOUT_MS,
        },
      );
    } catch (cause) {
      throw new Error(`the servers did not recover; the ends of their logs:\n${await this.#logs()}`, {
        cause,
      });
    }
  }

  /** Waits until these servers serve under another leader than `old`, and resolves to it. */
  newLeader(servers: readonly TrialServer[], old: TrialServer): Promise<TrialServer> {
    return until(
      async () => {
        const leader = await this.inService(servers);
        return leader === old ? undefined : leader;
      },
      { what: `another leader than server ${old.id}`, timeoutMs: RECOVERY_TIMEOUT_MS },
    );
  }

  /** Waits until all servers have applied the same transactions, and resolves to their statuses. */
  atOneZxid(): Promise<readonly ServerStatus[]> {
    return until(
      async () => {
        const all = await Promise.all(this.servers.map((server) => server.status()));
        const known = all.filter((status) => status !== undefined);
        const same = known.every(({ zxid }) => zxid.hex === known[0]?.zxid.hex);
        return known.length === all.length && same ? known : undefined;
      },
      { what: 'all servers to reach the same zxid' },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }

  async #logs(): Promise<string> {
    const logs = await Promise.all(
      this.servers.map(async (server) => `server ${server.id}:\n${await server.logTail()}`),
    );
    return logs.join('\n');
  }
}
