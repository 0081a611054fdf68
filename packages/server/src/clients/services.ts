import type { ServerId } from '@conclave/zab';
import type { Limits } from '../config/limits.ts';
import type { Clock } from '../environment/environment.ts';
import type { RequestServices } from '../requests/session-requests.ts';
import type { ClientLog } from './client-log.ts';
import type { LargeRequests } from './large-requests.ts';
import type { SignsOfLife } from './signs-of-life.ts';
import type { WriteQueue, Writer } from './write-queue.ts';

/** The parts of this server that every connection of a client works with. */
export interface ClientServices extends RequestServices {
  readonly id: ServerId;
  readonly limits: Limits;
  /** An error that a task of its timers throws is fatal. */
  readonly clock: Clock;
  readonly log: ClientLog;
  readonly signs: SignsOfLife;
  readonly largeRequests: LargeRequests;
  readonly writes: WriteQueue<Writer>;
  /** The digest of the super user; undefined for none. */
  readonly superDigest: string | undefined;
  /** Whether a hard quota refuses a write that goes beyond it. Otherwise it is only logged, like a soft quota. */
  readonly quotasEnforced: boolean;
  /** The state of this server is wrong, so it must not go on. */
  readonly onFatal: (error: unknown) => void;
}
