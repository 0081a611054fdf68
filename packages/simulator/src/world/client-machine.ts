import {
  type Client,
  type ClientEnvironment,
  type ConnectOptions,
  connect,
  type StreamHandlers,
} from '@conclave/client';
import type { Endpoint } from './endpoint.ts';
import { Host } from './host.ts';
import type { ClockErrors, Death, Machine } from './machine.ts';
import type { Network } from './network.ts';
import { CLIENT_PORT } from './ports.ts';
import { serverName } from './server-machine.ts';
import type { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

export interface ClientMachineOptions {
  readonly name: string;
  readonly servers: number;
  readonly sessionTimeoutMs: number;
  readonly clock: ClockErrors;
}

/** A machine that runs a program with the SDK in it, and starts it again after each end. */
export class ClientMachine {
  readonly #host: Host;
  readonly #network: Network;
  readonly #options: ClientMachineOptions;

  constructor(world: World, network: Network, options: ClientMachineOptions) {
    this.#network = network;
    this.#options = options;
    const random = world.random.fork(`client ${options.name}`);
    this.#host = new Host(world, network, random, options.name, options.clock);
  }

  get machine(): Machine {
    return this.#host.machine;
  }

  get name(): string {
    return this.#host.name;
  }

  get process(): SimProcess | undefined {
    return this.#host.process;
  }

  get isUp(): boolean {
    return this.#host.isUp;
  }

  get lives(): number {
    return this.#host.lives;
  }

  /** Starts a program. Errors that it throws go to `onError`, unless the program was killed. */
  start(program: (process: SimProcess) => Promise<void>, onError: (error: unknown) => void): void {
    if (this.isUp) return;
    const process = this.#host.begin();
    process.deliver(() => {
      program(process).catch((error: unknown) => {
        if (process.isAlive) onError(error);
      });
    });
  }

  kill(death: Death = 'program'): void {
    this.#host.kill(death);
  }

  connect(process: SimProcess, options: Partial<ConnectOptions> = {}): Promise<Client> {
    const { servers, sessionTimeoutMs } = this.#options;
    return connect({
      servers: Array.from({ length: servers }, (_, i) => `ws://${serverName(i + 1)}:${CLIENT_PORT}`),
      sessionTimeoutMs,
      connectTimeoutMs: Number.POSITIVE_INFINITY,
      environment: this.#environment(process),
      ...options,
    });
  }

  #environment(process: SimProcess): ClientEnvironment {
    const network = this.#network;
    return {
      transports: ['ws', 'tcp'],
      now: () => process.monotonicMs(),
      random: () => process.random.next(),
      setTimer: (callback, delayMs) => process.setTimer(delayMs, callback),
      clearTimer(timer) {
        (timer as { run: unknown }).run = undefined;
      },
      defer: (callback) => process.endOfTurn(callback),
      openStream: (address, handlers) => new ClientStream(network, process, address, handlers),
    };
  }
}

/** The client's view of an endpoint, from the first attempt to connect. */
class ClientStream {
  readonly #handlers: StreamHandlers;
  readonly #cancelDial: () => void;
  #endpoint: Endpoint | undefined;
  #isOver = false;

  constructor(
    network: Network,
    process: SimProcess,
    address: { readonly host: string; readonly port: number },
    handlers: StreamHandlers,
  ) {
    this.#handlers = handlers;
    this.#cancelDial = network.dial(process, address.host, address.port, (result) => this.#dialled(result));
  }

  get bufferedBytes(): number {
    return this.#endpoint?.bufferedBytes ?? 0;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#endpoint?.write(bytes);
  }

  close(): void {
    this.#isOver = true;
    this.#cancelDial();
    this.#endpoint?.end();
  }

  destroy(): void {
    this.#isOver = true;
    this.#cancelDial();
    this.#endpoint?.destroy();
  }

  #dialled(result: Endpoint | Error): void {
    if (this.#isOver) {
      if (!(result instanceof Error)) result.destroy();
      return;
    }
    const handlers = this.#handlers;
    if (result instanceof Error) {
      this.#isOver = true;
      handlers.handleClose(result);
      return;
    }
    this.#endpoint = result;
    result.onData = (chunk) => {
      if (!this.#isOver) handlers.handleData(chunk);
    };
    result.onDrain = () => {
      if (!this.#isOver) handlers.handleDrain();
    };
    result.onClose = (cause) => {
      if (this.#isOver) return;
      this.#isOver = true;
      handlers.handleClose(cause);
    };
    handlers.handleOpen();
  }
}
