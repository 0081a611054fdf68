import type { Client } from '@conclave/client';

/** One operation of a lane; the lane does the next when it resolves. */
export type Step = () => Promise<void>;

export interface WorkloadContext {
  /** In the order of the servers they are spread over. */
  readonly clients: readonly Client[];
  /** How many operations each client has on its way at any time. */
  readonly lanesPerClient: number;
  readonly valueBytes: number;
  /** A node of this run's own, which exists. */
  readonly root: string;
}

/** What is done over and over. The lanes run side by side, each one step at a time. */
export interface Workload {
  /** Prepares the nodes and returns the lanes. */
  prepare(context: WorkloadContext): Promise<Step[]>;
}

export interface Lane {
  readonly client: Client;
  /** A path of the lane's own. */
  readonly path: string;
}

/** `lanesPerClient` lanes for every client, dealt out so that neighbours are on different clients. */
export function lanesOf({ clients, lanesPerClient, root }: WorkloadContext): Lane[] {
  return Array.from({ length: lanesPerClient }, (_, round) =>
    clients.map((client, i) => ({ client, path: `${root}/${round * clients.length + i}` })),
  ).flat();
}

/** A value to write: no byte comes twice in the first 256. */
export function valueOfSize(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 167 + 13) & 0xff);
}
