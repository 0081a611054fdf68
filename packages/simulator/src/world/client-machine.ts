import {
  type Client,
  type ClientEnvironment,
  type ConnectOptions,
  connect,
  type StreamHandlers,
} from '@conclave/client';
import type { Random } from '@conclave/testkit';
import type { Endpoint } from './endpoint.ts';
import { type ClockErrors, type Death, Machine } from './machine.ts';
import type { Network } from './network.ts';
import { CLIENT_PORT } from './ports.ts';
import { serverName } from './server-machine.ts';
import { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

export interface ClientMachineOptions {
  readonly name: string;
  readonly servers: number;
  readonly sessionTimeoutMs: number;
  readonly clock: ClockErrors;
}

/** A machine that runs a program with the SDK in it, and starts it again after each end. */
export class ClientMachine {
  readonly machine: Machine;
  readonly #world: World;
  readonly #network: Network;
  readonly #options: ClientMachineOptions;
  readonly #random: Random;
  #lives = 0;
  #process: SimProcess | undefined;

  constructor(world: World, network: Network, options: ClientMachineOptions) {
    this.#world = world;
    this.#network = network;
    this.#options = options;
    this.#random = world.random.fork(`client ${options.name}`);
    this.machine = new Machine(world, options.name, options.clock);
    network.add(this.machine);
  }

  get name(): string {
    return this.machine.name;
  }

  get process(): SimProcess | undefined {
    return this.#process;
  }

  get isUp(): boolean {
    return this.#process?.isAlive === true;
  }

  get lives(): number {
    return this.#lives;
  }

  /** Starts a program. Errors that it throws go to `onError`, unless the program was killed. */
  start(program: (process: SimProcess) => Promise<void>, onError: (error: unknown) => void): void {
    if (this.isUp) return;
    if (!this.machine.hasPower) {
      this.machine.switchOn();
      this.#network.powerRestored(this.machine);
    }
    this.#lives++;
    const process = new SimProcess(this.#world, this.machine, this.#random.fork(`life ${this.#lives}`));
    this.#process = process;
    process.deliver(() => {
      program(process).catch((error: unknown) => {
        if (process.isAlive) onError(error);
      });
    });
  }

  kill(death: Death = 'program'): void {
    if (!this.isUp) return;
    this.#world.trace.record(this.#world.nowMs, this.name, death === 'program' ? 'is killed' : 'loses power');
    if (death === 'machine') {
      this.machine.switchOff();
      this.#network.powerLost(this.machine);
    }
    this.#process?.kill();
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
