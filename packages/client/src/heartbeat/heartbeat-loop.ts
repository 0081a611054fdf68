import {
  type ByteReader,
  type ConnectResponse,
  OpCode,
  ProtocolError,
  ProtocolVersion,
  readReplyHeader,
  SpecialXid,
  type Zxid,
} from '@conclave/protocol';
import { defaultBackoff } from '../connection/backoff.ts';
import { Chroot } from '../connection/chroot.ts';
import { Connection, type ConnectionOwner } from '../connection/connection.ts';
import { Connector } from '../connection/connector.ts';
import type { ServerAddress } from '../environment/addresses.ts';
import type { ClientEnvironment, TimerHandle } from '../environment/environment.ts';
import { silentLogger } from '../logger.ts';

export interface HeartbeatSession {
  readonly servers: readonly ServerAddress[];
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  readonly sessionTimeoutMs: number;
  readonly lastZxidSeen: Zxid;
}

export interface HeartbeatListener {
  /** Returns whether the session's program still vouches for itself. */
  isVouchedFor(): boolean;
  /** A heartbeat sent at `sentAt` was answered. */
  handleProof(sentAt: number): void;
  /** A server has answered that there is no such session. The loop has ended. */
  handleSessionGone(): void;
}

/** No frame on this connection is larger than the answer to the handshake. */
const FRAME_BYTES_MAX = 1024;

/**
 * Heartbeats over a connection of their own, four in a session timeout. If one is not answered before the next is
 * due, the loop tries another server. A server that cannot vouch for the session does not answer.
 */
export class HeartbeatLoop implements ConnectionOwner {
  readonly #environment: ClientEnvironment;
  readonly #session: HeartbeatSession;
  readonly #listener: HeartbeatListener;
  readonly #connector: Connector;
  #connection: Connection | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #isAwaited = false;
  #timer: TimerHandle | undefined;

  constructor(environment: ClientEnvironment, session: HeartbeatSession, listener: HeartbeatListener) {
    this.#environment = environment;
    this.#session = session;
    this.#listener = listener;
    const attemptTimeoutMs = this.#intervalMs;
    this.#connector = new Connector(
      environment,
      { servers: session.servers, backoff: defaultBackoff, attemptTimeoutMs, logger: silentLogger },
      (address) => this.#open(address),
    );
  }

  start(): void {
    this.#connector.start();
  }

  stop(): void {
    this.#connector.stop();
    this.#clearTimer();
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  handleEstablished(connection: Connection, response: ConnectResponse): void {
    if (response.protocolVersion !== ProtocolVersion.heartbeat) {
      connection.destroy();
      this.#connector.failed(connection, new Error('the server does not support heartbeats'));
    } else if (response.sessionId === 0n) {
      this.stop();
      this.#listener.handleSessionGone();
    } else {
      this.#connector.succeeded(connection);
      this.#connection = connection;
      this.#isAwaited = false;
      this.#beat();
    }
  }

  handleFrame(_connection: Connection, reader: ByteReader): void {
    const { xid } = readReplyHeader(reader, false);
    if (xid !== SpecialXid.ping)
      throw new ProtocolError('BAD_RECORD', `expected the answer to a heartbeat, got one to request ${xid}`);
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    this.#connector.confirmed();
    this.#listener.handleProof(this.#sentAt);
  }

  handleDrain(): void {}

  handleClosed(connection: Connection, cause: Error | undefined): void {
    if (connection !== this.#connection) {
      this.#connector.failed(connection, cause);
      return;
    }
    this.#connection = undefined;
    this.#clearTimer();
    this.#connector.startLater();
  }

  get #intervalMs(): number {
    return this.#session.sessionTimeoutMs / 4;
  }

  #open(address: ServerAddress): Connection {
    const { sessionId, password, sessionTimeoutMs, lastZxidSeen } = this.#session;
    const hello = {
      protocolVersion: ProtocolVersion.heartbeat,
      lastZxidSeen,
      timeoutMs: sessionTimeoutMs,
      sessionId,
      password,
      readOnly: false,
    };
    const options = { address, hello, chroot: new Chroot('/'), frameBytesMax: FRAME_BYTES_MAX };
    return new Connection(this.#environment, options, this);
  }

  readonly #beat = (): void => {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#isAwaited) {
      connection.destroy();
      this.handleClosed(connection, undefined);
      return;
    }
    if (this.#listener.isVouchedFor()) {
      this.#sentAt = this.#environment.now();
      this.#isAwaited = true;
      connection.writeRequest(SpecialXid.ping, 0, 0, { op: OpCode.ping });
    }
    this.#timer = this.#environment.setTimer(this.#beat, this.#intervalMs);
  };

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#environment.clearTimer(this.#timer);
    this.#timer = undefined;
  }
}
