import type { Storage } from '@conclave/storage';
import type { ByteStream } from './byte-stream.ts';

/**
 * Everything outside itself that a server uses. Production passes real sockets, disks and clocks. A simulator passes
 * its own and runs the same server.
 */
export interface Environment {
  readonly clock: Clock;
  readonly network: Network;
  readonly entropy: Entropy;
  /** Opens the durable log and checkpoint. Called again when a full disk has room again. */
  openStorage(): Promise<Storage>;
}

/** The time, and what happens later. */
export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` when everything that arrived in this turn of the event loop has been handled. */
  endOfTurn(task: () => void): void;
}

/** Randomness. */
export interface Entropy {
  /** Secret random bytes. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1), for jitter. */
  fraction(): number;
}

/** Where a port is open. The host has no brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** An open port. */
export interface Listener {
  readonly address: Address;
  /** Closes the port. Streams that it has accepted stay open. */
  close(): Promise<void>;
}

/** Byte streams between servers. */
export interface Network {
  /** Opens a port. Rejects with the system's error, for example when the port is in use. */
  listen(address: Address, onStream: (stream: ByteStream) => void): Promise<Listener>;
  /** Calls back once, with an open stream or with the error. The returned function cancels the attempt. */
  dial(address: Address, onResult: (result: ByteStream | Error) => void): () => void;
}
