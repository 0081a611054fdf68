import { type ByteStream, type Config, type Environment, Server, type ServerOptions } from '@conclave/server';
import { StorageError } from '@conclave/storage';
import type { Random } from '@conclave/testkit';
import { capturingLog } from './capturing-log.ts';
import { Disk, type DiskOptions } from './disk.ts';
import type { Endpoint } from './endpoint.ts';
import { Host } from './host.ts';
import type { ClockErrors, Death, Machine } from './machine.ts';
import type { Network } from './network.ts';
import { CLIENT_PORT } from './ports.ts';
import type { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

export interface ServerMachineOptions {
  readonly id: number;
  readonly config: Config;
  readonly zab: ServerOptions['zab'];
  readonly clock: ClockErrors;
  readonly disk: DiskOptions;
  /** Returns the observer for one life of the server. */
  readonly observe: (server: ServerMachine) => ServerOptions['observer'];
  /** Called when the server reports that it cannot go on. No fault of the world may cause this. */
  readonly onFatal: (server: ServerMachine, error: unknown) => void;
}

/** A program that exits by itself is restarted after about this time. */
const RESTART_MS = 200;

/** A machine that runs a server, and restarts it on the same disk after each end. */
export class ServerMachine {
  readonly id: number;
  readonly disk: Disk;
  readonly #host: Host;
  readonly #world: World;
  readonly #network: Network;
  readonly #options: ServerMachineOptions;
  readonly #random: Random;
  #server: Server | undefined;

  constructor(world: World, network: Network, options: ServerMachineOptions) {
    this.id = options.id;
    this.#world = world;
    this.#network = network;
    this.#options = options;
    this.#random = world.random.fork(`server ${options.id}`);
    this.#host = new Host(world, network, this.#random, serverName(options.id), options.clock);
    this.disk = new Disk(this.#random.fork('disk'), options.disk);
  }

  get machine(): Machine {
    return this.#host.machine;
  }

  get name(): string {
    return this.#host.name;
  }

  get isUp(): boolean {
    return this.#host.isUp;
  }

  get process(): SimProcess | undefined {
    return this.#host.process;
  }

  /** The server of this life, once it has started. */
  get server(): Server | undefined {
    return this.isUp ? this.#server : undefined;
  }

  start(): void {
    if (this.isUp) return;
    const process = this.#host.begin();
    process.onDeath(() => this.disk.crash(this.machine.hasPower ? 'program' : 'machine'));
    this.#server = undefined;
    this.#host.record('starts');
    process.deliver(() => {
      this.#run(process).catch((error: unknown) => this.#failed(process, error));
    });
  }

  kill(death: Death = 'program'): void {
    this.#host.kill(death);
  }

  /** Stops the server as SIGTERM does: it hands over, closes and exits. */
  leave(): void {
    const { process } = this;
    const server = this.#server;
    if (process === undefined || server === undefined) return;
    this.#host.record('is asked to leave');
    process.deliver(() => {
      server.close().then(
        () => process.kill(),
        (error: unknown) => this.#failed(process, error),
      );
    });
  }

  async #run(process: SimProcess): Promise<void> {
    const { config, zab, observe, onFatal } = this.#options;
    const server = new Server({
      config,
      environment: this.#environment(process),
      log: capturingLog(this.#world, this.name),
      zab,
      observer: observe(this),
      onFatal: (error) => {
        if (isDamaged(error)) this.#failed(process, error);
        else if (process.isAlive) {
          process.kill();
          onFatal(this, error);
        }
      },
    });
    await server.start();
    if (!process.isAlive) return;
    this.#server = server;
    this.#network.listen(process, CLIENT_PORT, (endpoint) => server.accept(streamOf(endpoint)));
  }

  /**
   * A program that cannot start or cannot close exits, and is restarted later. If its disk is damaged, it gets an empty
   * one, as an operator would give it.
   */
  #failed(process: SimProcess, error: unknown): void {
    if (!process.isAlive) return;
    this.#host.record(`exits: ${String(error)}`);
    process.kill();
    if (isDamaged(error)) this.disk.replace();
    this.#world.after(this.#random.range(0.5, 2) * RESTART_MS, () => this.start());
  }

  #environment(process: SimProcess): Environment {
    const { random } = process;
    return {
      clock: {
        monotonicMs: () => process.monotonicMs(),
        wallMs: () => process.wallMs(),
        after: (delayMs, task) => process.after(delayMs, task),
        endOfTurn: (task) => process.endOfTurn(task),
      },
      entropy: {
        bytes(count) {
          const bytes = new Uint8Array(count);
          random.fill(bytes);
          return bytes;
        },
        fraction: () => random.next(),
      },
      network: {
        listen: async (address, onStream) => {
          const close = this.#network.listen(process, address.port, (end) => onStream(streamOf(end)));
          return { address, close: async () => close() };
        },
        dial: (address, onResult) =>
          this.#network.dial(process, address.host, address.port, (result) =>
            onResult(result instanceof Error ? result : streamOf(result)),
          ),
      },
      openStorage: () => this.disk.open(process),
    };
  }

  /** Describes the server's state for people. */
  describe(): string {
    const { server } = this;
    if (server === undefined) return `${this.name} ${this.isUp ? 'starting' : 'down'}`;
    const s = server.status();
    const paused = this.process?.isPaused ? ' PAUSED' : '';
    return (
      `${this.name} ${s.role}/${s.phase}${s.serving ? ' serving' : ''} leader=${s.leader ?? '-'} epoch=${s.epoch} ` +
      `logged=${s.lastLogged} committed=${s.lastCommitted} applied=${s.zxid.hex} ` +
      `digest=${s.digest} sessions=${s.sessions}${s.storageFailure ? ` storage=${s.storageFailure}` : ''}${paused}`
    );
  }
}

export function serverName(id: number): string {
  return `s${id}`;
}

/** Returns the server's view of an endpoint. */
function streamOf(endpoint: Endpoint): ByteStream {
  const stream: ByteStream = {
    remoteAddress: endpoint.peerName,
    get bufferedBytes() {
      return endpoint.bufferedBytes;
    },
    onData: () => {},
    onClose: () => {},
    onDrain: () => {},
    write: (bytes) => endpoint.write(bytes),
    pause: () => endpoint.stopReading(),
    resume: () => endpoint.startReading(),
    end: () => endpoint.end(),
    destroy: () => endpoint.destroy(),
  };
  endpoint.onData = (chunk) => stream.onData(chunk);
  endpoint.onDrain = () => stream.onDrain();
  endpoint.onClose = () => stream.onClose();
  return stream;
}

function isDamaged(error: unknown): boolean {
  return (
    error instanceof StorageError && (error.code === 'CORRUPT_LOG' || error.code === 'CORRUPT_CHECKPOINT')
  );
}
