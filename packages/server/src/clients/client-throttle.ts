import type { Limits } from '../config/limits.ts';
import type { ByteStream } from '../environment/byte-stream.ts';
import type { Clock } from '../environment/environment.ts';
import type { ConnectionPhase } from '../requests/connection-phase.ts';
import type { DisconnectReason } from '../requests/disconnect-reason.ts';
import type { Loading, Workload } from '../requests/workload.ts';
import { ClientSilence } from './client-silence.ts';
import { IncomingRequest, type LargeRequests } from './large-requests.ts';

/** The parts of this server that decide when to read a client. */
export interface ThrottleServices {
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly limits: Pick<Limits, 'outstandingPerConnectionMax' | 'unreadBytesHigh' | 'unreadBytesMax'>;
  readonly workload: Pick<Workload, 'overloaded' | 'flooded' | 'pause'>;
  readonly largeRequests: LargeRequests;
}

/** A connection that is read or not. */
export interface Throttled extends Loading {
  readonly phase: ConnectionPhase;
  readonly stream: Pick<ByteStream, 'bufferedBytes' | 'pause' | 'resume'>;
  close(reason: DisconnectReason): void;
}

/**
 * Decides when to read from one client. Reading stops while the client has too many requests in flight, does not read its
 * answers, or is in the middle of a large request for which there is no room. It also stops while the server is overloaded.
 */
export class ClientThrottle {
  readonly #services: ThrottleServices;
  readonly #connection: Throttled;
  readonly #incoming: IncomingRequest;
  readonly #silence = new ClientSilence();
  #isPaused = false;
  #isBackedUp = false;

  constructor(services: ThrottleServices, connection: Throttled) {
    this.#services = services;
    this.#connection = connection;
    this.#incoming = new IncomingRequest(services.largeRequests, services.clock, () =>
      connection.close('bad_input'),
    );
  }

  /** Whether reading from the client has stopped. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether the client does not read its answers and events. */
  get isBackedUp(): boolean {
    return this.#isBackedUp;
  }

  /**
   * Whether the session is exempt from expiry: its client may be alive, but nothing comes from it because this server
   * does not read.
   */
  get isExempt(): boolean {
    const { phase, stream } = this.#connection;
    if (phase !== 'session' || !this.#isPaused) return false;
    return this.#silence.isExempt(
      this.#services.clock.monotonicMs(),
      this.#isBackedUp ? stream.bufferedBytes : 0,
    );
  }

  /** The client has its session, which lives for `timeoutMs` without a sign of life. */
  begin(timeoutMs: number): void {
    this.#silence.begin(timeoutMs, this.#services.clock.monotonicMs());
  }

  /** The client has sent a request. */
  noteActivity(nowMs: number): void {
    this.#silence.noteActivity(nowMs);
  }

  /** `bytes` is the length of the request that has come in part; 0 if there is none or a new one begins. */
  receiving(bytes: number): void {
    this.#incoming.follow(bytes);
    if (this.#connection.phase === 'session' && !this.#incoming.hasRoom()) this.regulate();
  }

  /** The client has not read everything that it was sent. If that is too much, it is disconnected. */
  leftUnread(): void {
    const { bufferedBytes } = this.#connection.stream;
    const { unreadBytesHigh, unreadBytesMax } = this.#services.limits;
    if (bufferedBytes > unreadBytesMax) this.#connection.close('slow_consumer');
    else if (bufferedBytes > unreadBytesHigh) this.#isBackedUp = true;
  }

  /** The client has read everything that it was sent. */
  tookAll(): void {
    this.#isBackedUp = false;
    this.#silence.tookAll();
  }

  /** Stops or resumes reading from the client, as its load and this server's allow. Returns whether it is read. */
  regulate(): boolean {
    const { phase, outstanding, stream } = this.#connection;
    if (phase === 'closed') return true;
    const { overloaded, flooded } = this.#services.workload;
    const outstandingMax = this.#services.limits.outstandingPerConnectionMax;
    // Under overload no client is shut out: as in ZooKeeper, each may have one request in flight. A heartbeat brings no
    // load, and the client's proof that its session lives must not wait.
    const isOverloaded = phase !== 'heartbeat' && (flooded || (overloaded && outstanding > 0));
    const held = this.#isBackedUp || isOverloaded || !this.#incoming.hasRoom();
    const full = outstanding >= outstandingMax || held;
    const roomy = outstanding <= outstandingMax / 2 && !held;
    if (!this.#isPaused && full) {
      this.#isPaused = true;
      this.#silence.stopReading(this.#services.clock.monotonicMs());
      this.#services.workload.pause(this.#connection);
      stream.pause();
    } else if (this.#isPaused && roomy) {
      this.#isPaused = false;
      this.#silence.resumeReading(this.#services.clock.monotonicMs());
      stream.resume();
    }
    // A client that does not read its answers delays itself, and keeps room that others wait for.
    this.#incoming.setAwaited(!this.#isPaused || this.#isBackedUp);
    return !this.#isPaused;
  }
}
