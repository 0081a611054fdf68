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

  /** Installed, and not started yet. */
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

  /** Waits until all of these serve behind one leader, and returns that. Rejects with the logs of those that do not. */
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
          what: `servers ${servers.map(({ id }) => id).join(', ')} to serve behind one leader`,
          timeoutMs: RECOVERY_TIMEOUT_MS,
        },
      );
    } catch (cause) {
      throw new Error(`the servers do not recover; the ends of their logs:\n${await this.#logs()}`, {
        cause,
      });
    }
  }

  /** Waits until these serve behind another leader than `old`, and returns that. */
  newLeader(servers: readonly TrialServer[], old: TrialServer): Promise<TrialServer> {
    return until(
      async () => {
        const leader = await this.inService(servers);
        return leader === old ? undefined : leader;
      },
      { what: `another leader than server ${old.id}`, timeoutMs: RECOVERY_TIMEOUT_MS },
    );
  }

  /** Waits until all have applied the same transactions, and returns what they say then. */
  atOneZxid(): Promise<readonly ServerStatus[]> {
    return until(
      async () => {
        const all = await Promise.all(this.servers.map((server) => server.status()));
        const known = all.filter((status) => status !== undefined);
        const same = known.every(({ zxid }) => zxid.hex === known[0]?.zxid.hex);
        return known.length === all.length && same ? known : undefined;
      },
      { what: 'all servers to come to the same zxid' },
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
