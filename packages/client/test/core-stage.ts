import type { Client, ConnectOptions, SignalOptions } from '../src/index.ts';

/** A running ensemble. */
export interface CoreTarget {
  /** Connection strings. */
  readonly servers: readonly string[];
  /** Whether its sessions are Conclave's own. */
  readonly native: boolean;
  /** The shortest session timeout that it grants, in milliseconds. */
  readonly sessionTimeoutMsMin: number;
  stop(): Promise<void>;
}

/** What a test of the core works with: the ensemble, and clients and a node of its own. */
export interface CoreStage {
  readonly target: CoreTarget;
  readonly client: Client;
  readonly other: Client;
  /** The test's own node, which is above all other nodes that it creates. */
  readonly root: string;
  readonly open: (options?: Partial<ConnectOptions>) => Promise<Client>;
  /** Closes all clients. They are also closed after the test. */
  readonly closeAll: (options?: SignalOptions) => Promise<void>;
}
