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
 * When one client is read, and when not. Not while it has enough under way, leaves unread what it was sent, or is in the
 * middle of a long request for which there is no room; nor while the server has all the load that it takes on.
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

  /** Whether the client is not read for now. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether the client leaves unread what it was sent. */
  get isBackedUp(): boolean {
    return this.#isBackedUp;
  }

  /** Whether the session's client may be alive and is not heard because it is not read. */
  get isExempt(): boolean {
    const { phase, stream } = this.#connection;
    if (phase !== 'session' || !this.#isPaused) return false;
    return this.#silence.isExempt(
      this.#services.clock.monotonicMs(),
      this.#isBackedUp ? stream.bufferedBytes : 0,
    );
  }

  /** The client has its session, which lives so long without a sign of life. */
  begin(timeoutMs: number): void {
    this.#silence.begin(timeoutMs, this.#services.clock.monotonicMs());
  }

  /** The client has sent a request. */
  heard(nowMs: number): void {
    this.#silence.heard(nowMs);
  }

  /** `bytes` is the length of the request of which a part has come; 0 when there is none, or a new one begins. */
  receiving(bytes: number): void {
    this.#incoming.follow(bytes);
    if (this.#connection.phase === 'session' && !this.#incoming.hasRoom()) this.regulate();
  }

  /** The client has not taken all that it was sent: with too much of it, it is cut off. */
  leftUnread(): void {
    const { bufferedBytes } = this.#connection.stream;
    const { unreadBytesHigh, unreadBytesMax } = this.#services.limits;
    if (bufferedBytes > unreadBytesMax) this.#connection.close('slow_consumer');
    else if (bufferedBytes > unreadBytesHigh) this.#isBackedUp = true;
  }

  /** The client has taken all that it was sent. */
  tookAll(): void {
    this.#isBackedUp = false;
    this.#silence.tookAll();
  }

  /** Stops reading from a client that has enough under way, goes on when there is room. True: it is read. */
  regulate(): boolean {
    const { phase, outstanding, stream } = this.#connection;
    if (phase === 'closed') return true;
    const { overloaded, flooded } = this.#services.workload;
    const outstandingMax = this.#services.limits.outstandingPerConnectionMax;
    // Under load nobody is shut out: as in ZooKeeper, every client gets one request in.
    // A heartbeat brings no load, and the client's proof that its session lives must not wait.
    const loaded = phase !== 'heartbeat' && (flooded || (overloaded && outstanding > 0));
    const held = this.#isBackedUp || loaded || !this.#incoming.hasRoom();
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
    // A client that leaves its answers unread holds itself up, and room that others wait for.
    this.#incoming.setAwaited(!this.#isPaused || this.#isBackedUp);
    return !this.#isPaused;
  }
}
