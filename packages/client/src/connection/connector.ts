import { formatAddress, type ServerAddress } from '../environment/addresses.ts';
import type { ClientEnvironment, TimerHandle } from '../environment/environment.ts';
import type { Logger } from '../logger.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import type { Connection } from './connection.ts';
import { ServerList } from './server-list.ts';

export interface ConnectorOptions {
  readonly servers: readonly ServerAddress[];
  readonly backoff: BackoffOptions;
  /**
   * How long one server has for its part of the handshake at first, in milliseconds. It is doubled, up to ten
   * seconds, whenever as many attempts as there are servers have timed out; otherwise a slow ensemble would never get
   * enough time to answer.
   */
  readonly attemptTimeoutMs: number;
  readonly logger: Logger;
}

const PATIENCE_DOUBLINGS_MAX = 4;
/** A silent server may be slow, but it may also have lost its end of the connection and never answer. */
const PATIENCE_MS_MAX = 10_000;

/** Tries one server at a time, one after the other, until one of them serves the session. */
export class Connector {
  /** Why the latest attempt failed. */
  lastFailure: Error | undefined;
  readonly #environment: ClientEnvironment;
  readonly #options: ConnectorOptions;
  readonly #servers: ServerList;
  readonly #backoff: Backoff;
  readonly #open: (address: ServerAddress) => Connection;
  #attempt: Connection | undefined;
  #timer: TimerHandle | undefined;
  /** The attempts that have timed out since the session was last confirmed. */
  #timeouts = 0;

  /** `open` begins a connection. Its owner must call `succeeded` or `failed` in the end. */
  constructor(
    environment: ClientEnvironment,
    options: ConnectorOptions,
    open: (address: ServerAddress) => Connection,
  ) {
    this.#environment = environment;
    this.#options = options;
    this.#servers = new ServerList(options.servers, () => environment.random());
    this.#backoff = new Backoff(options.backoff, () => environment.random());
    this.#open = open;
  }

  /** Begins an attempt at once. */
  start(): void {
    this.stop();
    const address = this.#servers.next();
    const patienceMs = this.#patienceMs();
    this.#attempt = this.#open(address);
    this.#timer = this.#environment.setTimer(() => {
      const attempt = this.#attempt;
      if (attempt === undefined) return;
      this.#timeouts++;
      attempt.destroy();
      this.failed(attempt, new Error(`no answer within ${patienceMs} ms`));
    }, patienceMs);
  }

  /** Begins an attempt after the next back-off. */
  startLater(): void {
    this.stop();
    this.#timer = this.#environment.setTimer(() => this.start(), this.#backoff.nextDelayMs());
  }

  /** `connection` serves the session. */
  succeeded(connection: Connection): void {
    if (this.#attempt === connection) this.#attempt = undefined;
    this.stop();
  }

  /** The session's server has answered a request, so the next trouble is a new one. */
  confirmed(): void {
    this.#backoff.reset();
    this.#timeouts = 0;
  }

  /** `connection` did not get the session. Tries the next server. */
  failed(connection: Connection, cause: Error | undefined): void {
    if (this.#attempt !== connection) return;
    this.#attempt = undefined;
    const server = formatAddress(connection.address);
    this.lastFailure = new Error(`${server}: ${cause?.message ?? 'the server closed the connection'}`, {
      cause,
    });
    this.#options.logger.debug({ server, err: cause }, 'an attempt to connect failed');
    this.startLater();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#environment.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#attempt?.destroy();
    this.#attempt = undefined;
  }

  #patienceMs(): number {
    const { attemptTimeoutMs, servers } = this.#options;
    const rounds = Math.floor(this.#timeouts / servers.length);
    const grownMs = attemptTimeoutMs * 2 ** Math.min(rounds, PATIENCE_DOUBLINGS_MAX);
    return Math.max(attemptTimeoutMs, Math.min(grownMs, PATIENCE_MS_MAX));
  }
}
