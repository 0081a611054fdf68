import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerStatus } from '@conclave/server';
import { RestartableServer, type ServerProcessSpec, SmallDisk, until } from '@conclave/testkit';
import type { Network, Place } from '../network/network.ts';
import { WallClock } from './wall-clock.ts';

/** Started as a program, because one app must not import another. */
const CONCLAVED = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));
const STATUS_TIMEOUT_MS = 1_000;

export interface TrialServerOptions {
  readonly place: Place;
  readonly network: Network;
  /** The directory of its data, its log and its settings. */
  readonly directory: string;
  /** If set, the data is on its own file system of this size. */
  readonly diskMegabytes: number | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** One server: a machine with an address and a disk, and a process that comes and goes. */
export class TrialServer extends RestartableServer implements AsyncDisposable {
  readonly webUrl: string;
  readonly tcpUrl: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly disk: SmallDisk | undefined;
  readonly clock: WallClock;
  readonly #place: Place;
  readonly #network: Network;
  readonly #configFile: string;

  static async install(options: TrialServerOptions): Promise<TrialServer> {
    const { place, network, directory, diskMegabytes, settings } = options;
    const base = join(directory, `server-${place.id}`);
    const dataDir = `${base}-data`;
    await mkdir(dataDir);
    const disk = diskMegabytes === undefined ? undefined : await SmallDisk.mount(dataDir, diskMegabytes);
    const server = new TrialServer(place, network, base, disk);
    const config = {
      id: place.id,
      ensemble: 'trials',
      dataDir,
      host: place.host,
      webPort: place.webPort,
      zookeeperPort: place.tcpPort,
      members: network.membersFor(place.id),
      ...settings,
    };
    await writeFile(server.#configFile, JSON.stringify(config));
    return server;
  }

  private constructor(place: Place, network: Network, base: string, disk: SmallDisk | undefined) {
    super(place.id, () => this.#specOfNext());
    this.webUrl = `ws://${place.host}:${place.webPort}`;
    this.tcpUrl = `tcp://${place.host}:${place.tcpPort}`;
    this.dataDir = `${base}-data`;
    this.logFile = `${base}.log`;
    this.disk = disk;
    this.#place = place;
    this.#network = network;
    this.#configFile = `${base}.json`;
    this.clock = new WallClock(`${base}.clock`);
  }

  /** The server's status; undefined if it does not answer within a second. */
  async status(): Promise<ServerStatus | undefined> {
    const url = `http://${this.#place.host}:${this.#place.webPort}/v1/status`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(STATUS_TIMEOUT_MS) });
      return (await response.json()) as ServerStatus;
    } catch {
      return undefined;
    }
  }

  /** Deletes everything on its disk. Call this only while the server does not run. */
  async wipe(): Promise<void> {
    for (const name of await readdir(this.dataDir)) {
      await rm(join(this.dataDir, name), { recursive: true, force: true });
    }
  }

  /** Resolves to true when the server serves, or to false when its process has ended. */
  servesOrEnds(): Promise<boolean> {
    return until(
      async () => {
        if (!this.running) return false;
        return (await this.status())?.serving === true ? true : undefined;
      },
      { what: `server ${this.id} to serve or to exit`, timeoutMs: 60_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.disk?.[Symbol.asyncDispose]();
  }

  #specOfNext(): ServerProcessSpec {
    const program = this.#network.on(this.id, {
      command: process.execPath,
      args: [...this.clock.flags, CONCLAVED, '--config', this.#configFile],
    });
    return { ...program, cwd: this.dataDir, logFile: this.logFile, environment: this.clock.environment };
  }
}
