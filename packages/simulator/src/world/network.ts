import { invariant } from '@conclave/protocol';
import type { Random } from '@conclave/testkit';
import { Endpoint } from './endpoint.ts';
import type { Machine } from './machine.ts';
import type { Pipe } from './pipe.ts';
import { PEER_PORT } from './ports.ts';
import type { SimProcess } from './sim-process.ts';
import { tapClient, tapPeers } from './wiretap.ts';
import type { World } from './world.ts';

/** How long bytes take from one machine to another on a healthy network. */
export interface Latency {
  readonly leastMs: number;
  /** The time on top of it: mostly less than this, now and then several times as much. */
  readonly jitterMs: number;
}

export interface NetworkOptions {
  readonly latency: Latency;
  /** The probability that a chunk is cut in two, which travel one after the other. */
  readonly splits: number;
}

/** What a machine that cannot be reached looks like: packets vanish, or connections are reset at once. */
export type Silence = 'drop' | 'reset';

interface Door {
  readonly process: SimProcess;
  readonly onStream: (endpoint: Endpoint) => void;
}

interface Slowness {
  readonly extraMs: number;
  readonly bytesPerMs: number;
}

/** An attempt to connect that gets no answer fails after this time. */
const DIAL_TIMEOUT_MS = 2_000;
/** A host that was cut off retransmits unacknowledged bytes within this time after it can be reached again. */
const RETRANSMIT_MS_MAX = 400;

/**
 * Streams of bytes between machines. As with TCP, bytes are never lost, duplicated or reordered within a stream. They
 * arrive late, or the stream breaks, or it hangs and neither side learns of it.
 */
export class Network {
  readonly #world: World;
  readonly #random: Random;
  readonly #options: NetworkOptions;
  readonly #machines = new Map<string, Machine>();
  readonly #doors = new Map<string, Door>();
  readonly #endpoints = new Set<Endpoint>();
  /** For each direction between two machines: how many faults block it. */
  readonly #blocked = new Map<string, number>();
  /** For each direction: the pipes that wait until it is no longer blocked. */
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

  /**
   * Connects, and calls back in a later turn of `process` with an open stream or an error. The returned function
   * cancels.
   */
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
      // The operating system accepts connections for a paused process, which learns of them when it runs again.
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

  /** Returns whether the direction is blocked. If so, the pipe is resumed when it no longer is. */
  holdsUp(from: string, to: string, pipe: Pipe): boolean {
    if (!this.isBlocked(from, to)) return false;
    const key = pairKey(from, to);
    const heldUp = this.#heldUp.get(key);
    if (heldUp === undefined) this.#heldUp.set(key, new Set([pipe]));
    else heldUp.add(pipe);
    return true;
  }

  /** Lets nothing through from `from` to `to` until the returned function is called. Streams hang, or break at once. */
  block(from: string, to: string, silence: Silence): () => void {
    const key = pairKey(from, to);
    this.#blocked.set(key, (this.#blocked.get(key) ?? 0) + 1);
    if (silence === 'reset') this.breakStreams(from, to);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (this.#blocked.get(key) ?? 0) - 1;
      invariant(left >= 0, `${key} is unblocked more often than blocked`);
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

  /** Lets nothing more through the present streams between two machines. Neither side learns of it. */
  hangStreams(a: string, b: string): void {
    for (const endpoint of this.#endpoints) {
      const { name } = endpoint.process;
      if ((name === a && endpoint.peerName === b) || (name === b && endpoint.peerName === a)) endpoint.hang();
    }
  }

  /** Makes one direction between two machines slow until the returned function is called. */
  slowDown(from: string, to: string, slowness: Slowness): () => void {
    const key = pairKey(from, to);
    this.#slow.set(key, slowness);
    return () => {
      if (this.#slow.get(key) === slowness) this.#slow.delete(key);
    };
  }

  /** The machine has lost power. Streams to it hang until it is back and answers that it does not know them. */
  powerLost(machine: Machine): void {
    for (const endpoint of [...this.#endpoints]) {
      if (endpoint.process.machine === machine) endpoint.vanish();
    }
  }

  /** The machine has power again, and resets the streams that others still believe to be open. */
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

  /** Returns where a chunk of this many bytes is cut in two, or 0 if it stays whole. */
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

  /** Records everything that is sent in the trace. */
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
