import type { Random } from '@conclave/testkit';
import { Endpoint } from './endpoint.ts';
import type { Machine } from './machine.ts';
import type { Pipe } from './pipe.ts';
import { PEER_PORT } from './ports.ts';
import type { SimProcess } from './sim-process.ts';
import { tapClient, tapPeers } from './wiretap.ts';
import type { World } from './world.ts';

/** How long bytes take from one machine to another in good times. */
export interface Latency {
  readonly leastMs: number;
  /** What comes on top: mostly less than this, now and then several times as much. */
  readonly jitterMs: number;
}

export interface NetworkOptions {
  readonly latency: Latency;
  /** How likely a chunk is to be cut in two that travel one after the other. */
  readonly splits: number;
}

/** How a machine that cannot be reached shows: nothing at all, or a refusal at once. */
export type Silence = 'drop' | 'reset';

interface Door {
  readonly process: SimProcess;
  readonly onStream: (endpoint: Endpoint) => void;
}

interface Slowness {
  readonly extraMs: number;
  readonly bytesPerMs: number;
}

/** Attempts to connect that get no answer end after this long. */
const DIAL_TIMEOUT_MS = 2_000;
/** A host that was cut off sends again what was not acknowledged within this time of being reached again. */
const RETRANSMIT_MS_MAX = 400;

/**
 * Streams of bytes between machines. As with TCP, bytes are never lost, doubled or reordered within a stream: they come
 * late, or the stream breaks, or it hangs with neither side being told.
 */
export class Network {
  readonly #world: World;
  readonly #random: Random;
  readonly #options: NetworkOptions;
  readonly #machines = new Map<string, Machine>();
  readonly #doors = new Map<string, Door>();
  readonly #endpoints = new Set<Endpoint>();
  /** How many faults keep bytes from going from one machine to another. */
  readonly #blocked = new Map<string, number>();
  /** What waits for a way to be free. */
  readonly #heldUp = new Map<string, Set<Pipe>>();
  readonly #slow = new Map<string, Slowness>();

  constructor(world: World, options: NetworkOptions) {
    this.#world = world;
    this.#random = world.random.fork('network');
    this.#options = options;
  }

  get world(): World {
    return this.#world;
  }

  add(machine: Machine): void {
    this.#machines.set(machine.name, machine);
  }

  /** Lets others connect to `process` until the returned function is called, or it dies. */
  listen(process: SimProcess, port: number, onStream: (endpoint: Endpoint) => void): () => void {
    const key = doorKey(process.name, port);
    const door = { process, onStream };
    this.#doors.set(key, door);
    const close = (): void => {
      if (this.#doors.get(key) === door) this.#doors.delete(key);
    };
    process.onDeath(close);
    return close;
  }

  /** Calls back in a later turn of `process`: with an open stream, or with an error. The returned function gives up. */
  dial(
    process: SimProcess,
    host: string,
    port: number,
    onResult: (result: Endpoint | Error) => void,
  ): () => void {
    let isOver = false;
    const settle = (result: Endpoint | Error): void => {
      if (isOver) {
        if (result instanceof Endpoint) result.destroy();
        return;
      }
      isOver = true;
      onResult(result);
    };
    const from = process.name;
    const startedMs = this.#world.nowMs;
    const knock = (): void => {
      if (isOver || !process.isAlive) return;
      if (this.#world.nowMs - startedMs >= DIAL_TIMEOUT_MS) {
        process.deliver(() => settle(new Error(`no answer from ${host}:${port}`)));
        return;
      }
      const machine = this.#machines.get(host);
      const reachable = machine?.hasPower && !this.isBlocked(from, host) && !this.isBlocked(host, from);
      if (!reachable) {
        // The first packet is sent again, at growing intervals.
        this.#world.after(this.#random.range(150, 600), knock);
        return;
      }
      const door = this.#doors.get(doorKey(host, port));
      const backMs = this.latencyMs(host, from, 0);
      if (door === undefined) {
        this.#world.after(backMs, () =>
          process.deliver(() => settle(new Error(`${host}:${port} refuses connections`))),
        );
        return;
      }
      const [near, far] = Endpoint.pair(this, process, door.process);
      this.#tap(near, far, port);
      // The system accepts for a process that is paused; the process learns of it when it runs again.
      door.process.deliver(() => {
        if (!far.isClosed) door.onStream(far);
      });
      this.#world.after(backMs, () =>
        process.deliver(() => settle(near.isClosed ? new Error(`${host}:${port} hung up`) : near)),
      );
    };
    this.#world.after(this.latencyMs(from, host, 0), knock);
    return () => {
      isOver = true;
    };
  }

  isBlocked(from: string, to: string): boolean {
    return this.#blocked.size > 0 && (this.#blocked.get(pairKey(from, to)) ?? 0) > 0;
  }

  /** Whether the way is blocked; the pipe is told when it is free again. */
  holdsUp(from: string, to: string, pipe: Pipe): boolean {
    if (!this.isBlocked(from, to)) return false;
    const key = pairKey(from, to);
    const heldUp = this.#heldUp.get(key);
    if (heldUp === undefined) this.#heldUp.set(key, new Set([pipe]));
    else heldUp.add(pipe);
    return true;
  }

  /** Nothing gets from `from` to `to` until the returned function is called. Streams hang, or break at once. */
  block(from: string, to: string, silence: Silence): () => void {
    const key = pairKey(from, to);
    this.#blocked.set(key, (this.#blocked.get(key) ?? 0) + 1);
    if (silence === 'reset') this.breakStreams(from, to);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (this.#blocked.get(key) ?? 1) - 1;
      if (left > 0) this.#blocked.set(key, left);
      else this.#blocked.delete(key);
      if (left > 0) return;
      const heldUp = this.#heldUp.get(key) ?? [];
      this.#heldUp.delete(key);
      for (const pipe of heldUp) {
        this.#world.after(this.#random.next() * RETRANSMIT_MS_MAX, () => pipe.resume());
      }
    };
  }

  /** Breaks every stream between two machines; both sides learn of it. */
  breakStreams(a: string, b: string): void {
    for (const endpoint of [...this.#endpoints]) {
      if (endpoint.process.name === a && endpoint.peerName === b) endpoint.break();
    }
  }

  /** Nothing comes through any stream between two machines any more, and neither side is told. */
  hangStreams(a: string, b: string): void {
    for (const endpoint of this.#endpoints) {
      const { name } = endpoint.process;
      if ((name === a && endpoint.peerName === b) || (name === b && endpoint.peerName === a)) endpoint.hang();
    }
  }

  /** Makes the way from one machine to another slow until the returned function is called. */
  slowDown(from: string, to: string, slowness: Slowness): () => void {
    const key = pairKey(from, to);
    this.#slow.set(key, slowness);
    return () => {
      if (this.#slow.get(key) === slowness) this.#slow.delete(key);
    };
  }

  /** The machine has lost power: streams to it hang until it is back and says that it knows nothing of them. */
  powerLost(machine: Machine): void {
    for (const endpoint of [...this.#endpoints]) {
      if (endpoint.process.machine === machine) endpoint.vanish();
    }
  }

  /** The machine is back. */
  powerRestored(machine: Machine): void {
    for (const endpoint of [...this.#endpoints]) {
      if (endpoint.peerName !== machine.name || !endpoint.isOrphan) continue;
      this.#world.after(this.#random.next() * RETRANSMIT_MS_MAX, () => endpoint.reset());
    }
  }

  latencyMs(from: string, to: string, bytes: number): number {
    const { leastMs, jitterMs } = this.#options.latency;
    const slow = this.#slow.size === 0 ? undefined : this.#slow.get(pairKey(from, to));
    const ms = leastMs + this.#random.exponential(jitterMs);
    return slow === undefined ? ms : ms + slow.extraMs + bytes / slow.bytesPerMs;
  }

  /** Where a chunk of so many bytes is cut; 0: it stays whole. */
  splitAt(bytes: number): number {
    return bytes > 1 && this.#random.chance(this.#options.splits) ? this.#random.between(1, bytes - 1) : 0;
  }

  opened(endpoint: Endpoint): void {
    this.#endpoints.add(endpoint);
    this.#record(endpoint, 'stream opens');
  }

  gone(endpoint: Endpoint, why: string): void {
    this.#endpoints.delete(endpoint);
    this.#record(endpoint, `stream ends: ${why}`);
  }

  /** Has everything that is sent told in the trace. */
  #tap(near: Endpoint, far: Endpoint, port: number): void {
    if (!this.#world.trace.isRecorded) return;
    const forth = (text: string): void => this.#record(near, text);
    const back = (text: string): void => this.#record(far, text);
    if (port === PEER_PORT) {
      near.onSent = tapPeers(forth);
      far.onSent = tapPeers(back);
      return;
    }
    const { requests, replies } = tapClient(forth, back);
    near.onSent = requests;
    far.onSent = replies;
  }

  #record(endpoint: Endpoint, text: string): void {
    const { trace, nowMs } = this.#world;
    if (trace.isRecorded) trace.record(nowMs, endpoint.process.name, text, endpoint.peerName);
  }
}

function doorKey(host: string, port: number): string {
  return `${host}:${port}`;
}

function pairKey(from: string, to: string): string {
  return `${from}>${to}`;
}
