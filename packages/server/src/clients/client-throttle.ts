import type { Limits } from '../config/limits.ts';
import type { ByteStream } from '../environment/byte-stream.ts';
import type { Loading, Workload } from '../requests/workload.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ClientHub } from './client-hub.ts';
import { ClientSilence } from './client-silence.ts';
import { IncomingRequest } from './large-requests.ts';

/** The hub, as far as it matters when to read a client. */
export interface Throttling extends Pick<ClientHub, 'nowMs' | 'after' | 'largeRequests'> {
  readonly limits: Pick<Limits, 'outstandingPerConnectionMax' | 'unreadBytesHigh' | 'unreadBytesMax'>;
  readonly workload: Pick<Workload, 'overloaded' | 'flooded' | 'pause'>;
}

/** The same of a connection. */
export interface Throttled extends Loading, Pick<ClientConnection, 'phase' | 'close'> {
  readonly stream: Pick<ByteStream, 'bufferedBytes' | 'pause' | 'resume'>;
}

/**
 * When one client is read, and when not. Not while it has enough under way, leaves unread what it was sent, or is in the
 * middle of a long request for which there is no room; nor while the server has all the load that it takes on.
 */
export class ClientThrottle {
  readonly #hub: Throttling;
  readonly #connection: Throttled;
  readonly #incoming: IncomingRequest;
  readonly #silence = new ClientSilence();
  #isPaused = false;
  #isBackedUp = false;

  constructor(hub: Throttling, connection: Throttled) {
    this.#hub = hub;
    this.#connection = connection;
    this.#incoming = new IncomingRequest(hub.largeRequests, hub, () => connection.close('bad_input'));
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
    return this.#silence.isExempt(this.#hub.nowMs(), this.#isBackedUp ? stream.bufferedBytes : 0);
  }

  /** The client has its session, which lives so long without a sign of life. */
  begin(timeoutMs: number): void {
    this.#silence.begin(timeoutMs, this.#hub.nowMs());
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
    const { unreadBytesHigh, unreadBytesMax } = this.#hub.limits;
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
    const { overloaded, flooded } = this.#hub.workload;
    const outstandingMax = this.#hub.limits.outstandingPerConnectionMax;
    // Under load nobody is shut out: as in ZooKeeper, every client gets one request in.
    // A heartbeat brings no load, and the client's proof that its session lives must not wait.
    const loaded = phase !== 'heartbeat' && (flooded || (overloaded && outstanding > 0));
    const held = this.#isBackedUp || loaded || !this.#incoming.hasRoom();
    const full = outstanding >= outstandingMax || held;
    const roomy = outstanding <= outstandingMax / 2 && !held;
    if (!this.#isPaused && full) {
      this.#isPaused = true;
      this.#silence.stopReading(this.#hub.nowMs());
      this.#hub.workload.pause(this.#connection);
      stream.pause();
    } else if (this.#isPaused && roomy) {
      this.#isPaused = false;
      this.#silence.resumeReading(this.#hub.nowMs());
      stream.resume();
    }
    // A client that leaves its answers unread holds itself up, and room that others wait for.
    this.#incoming.setAwaited(!this.#isPaused || this.#isBackedUp);
    return !this.#isPaused;
  }
}
