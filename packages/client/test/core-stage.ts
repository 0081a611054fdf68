import type { Client, ConnectOptions, SignalOptions } from '../src/index.ts';

/** A running ensemble. */
export interface CoreTarget {
  /** Connection strings. */
  readonly servers: readonly string[];
  /** Whether its sessions are Conclave's own. */
  readonly native: boolean;
  /** The shortest session timeout it grants, in milliseconds. */
  readonly sessionTimeoutMsMin: number;
  stop(): Promise<void>;
}

/** What a test of the core finds: the ensemble, and clients and a node that it has to itself. */
export interface CoreStage {
  readonly target: CoreTarget;
  readonly client: Client;
  readonly other: Client;
  /** The test's own node, above all others that it makes. */
  readonly root: string;
  readonly open: (options?: Partial<ConnectOptions>) => Promise<Client>;
  /** Closes all clients; after the test they are closed in any case. */
  readonly closeAll: (options?: SignalOptions) => Promise<void>;
}
