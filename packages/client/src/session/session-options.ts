import type { BackoffOptions } from '../connection/backoff.ts';
import type { Chroot } from '../connection/chroot.ts';
import type { ServerAddress } from '../environment/addresses.ts';
import type { LivenessPolicy } from '../environment/heartbeat.ts';
import type { Logger } from '../logger.ts';
import type { WatchCallback } from '../watches/watch-registry.ts';

/** `ConnectOptions`, checked and with the defaults filled in. */
export interface SessionOptions {
  readonly servers: readonly ServerAddress[];
  readonly chroot: Chroot;
  readonly sessionTimeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly backoff: BackoffOptions;
  readonly frameBytesMax: number;
  readonly liveness: LivenessPolicy;
  readonly logger: Logger;
}

/** How one request is performed. */
export interface PerformOptions {
  readonly linearizable?: boolean;
  readonly watch?: WatchCallback | undefined;
  readonly signal?: AbortSignal | undefined;
}
