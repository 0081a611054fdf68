import type { ClientEnvironment } from '../environment/environment.ts';
import type { HeartbeatLink, HeartbeatOptions } from '../environment/heartbeat.ts';
import type { Liveness } from './liveness.ts';
import type { SessionOptions } from './session-options.ts';

/** The heartbeats beside a session's connection, where the platform can send them, and the proofs that they bring. */
export class SessionHeartbeat {
  readonly #environment: ClientEnvironment;
  readonly #options: SessionOptions;
  readonly #liveness: Liveness;
  #link: HeartbeatLink | undefined;

  constructor(environment: ClientEnvironment, options: SessionOptions, liveness: Liveness) {
    this.#environment = environment;
    this.#options = options;
    this.#liveness = liveness;
  }

  start(session: Pick<HeartbeatOptions, 'sessionId' | 'password' | 'lastZxidSeen' | 'onSessionGone'>): void {
    const { liveness, servers, logger } = this.#options;
    if (liveness === 'loop') return;
    this.#link = this.#environment.startHeartbeat?.({
      ...session,
      servers,
      sessionTimeoutMs: this.#liveness.timeoutMs,
      mustVouch: liveness === 'strict',
      onFailure: (cause) => {
        logger.warn({ err: cause }, 'the heartbeat thread failed; the event loop sends heartbeats');
      },
    });
  }

  /** Says that the event loop is running. */
  vouch(): void {
    this.#link?.vouch();
  }

  /**
   * Takes the latest proof. To be called before any decision, so that heartbeats sent while the loop was blocked
   * count.
   */
  takeProof(): void {
    if (this.#link !== undefined) this.#liveness.proveBeside(this.#link.provedAt());
  }

  stop(): void {
    this.takeProof();
    this.#link?.stop();
    this.#link = undefined;
  }
}
