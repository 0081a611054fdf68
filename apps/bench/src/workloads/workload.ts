import type { Client } from '@conclave/client';

/** One operation of a lane. When it resolves the lane does the next one. */
export type Step = () => Promise<void>;

export interface WorkloadContext {
  /** The clients, in the order of the servers that they use. */
  readonly clients: readonly Client[];
  /** How many operations each client has in flight at any time. */
  readonly lanesPerClient: number;
  readonly valueBytes: number;
  /** An existing node that only this run uses. */
  readonly root: string;
}

/** The operations of a scenario. The lanes run concurrently, each one step at a time. */
export interface Workload {
  /** Prepares the nodes and returns the lanes. */
  prepare(context: WorkloadContext): Promise<Step[]>;
}

export interface Lane {
  readonly client: Client;
  /** A path that only this lane uses. */
  readonly path: string;
}

/** `lanesPerClient` lanes for every client, in an order in which neighbours have different clients. */
export function lanesOf({ clients, lanesPerClient, root }: WorkloadContext): Lane[] {
  return Array.from({ length: lanesPerClient }, (_, round) =>
    clients.map((client, i) => ({ client, path: `${root}/${round * clients.length + i}` })),
  ).flat();
}

/** A value to write. No byte occurs twice in the first 256. */
export function valueOfSize(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 167 + 13) & 0xff);
}
