import {
  type ByteReader,
  type ConnectResponse,
  InvariantError,
  OpCode,
  ProtocolVersion,
  type Request,
  readReplyHeader,
  SESSION_PASSWORD_BYTES,
  SpecialXid,
  unreachable,
  type Zxid,
} from '@conclave/protocol';
import { Connection, type ConnectionOwner } from '../connection/connection.ts';
import { Connector } from '../connection/connector.ts';
import { formatAddress, type ServerAddress } from '../environment/addresses.ts';
import type { ClientEnvironment, TimerHandle } from '../environment/environment.ts';
import { ConclaveError } from '../errors.ts';
import { Listeners } from '../events/listeners.ts';
import type { SessionWatches } from '../watches/session-watches.ts';
import type { Reply } from './call.ts';
import { type ClientState, closedError, expiredError, isFinal } from './client-state.ts';
import { ConnectionHealth } from './connection-health.ts';
import type { GrantTable } from './grants.ts';
import { Liveness } from './liveness.ts';
import { SessionExchange } from './session-exchange.ts';
import { SessionHeartbeat } from './session-heartbeat.ts';
import type { PerformOptions, SessionOptions } from './session-options.ts';

/**
 * The life of a session: which connection serves it, and whether it can still be alive. `SessionExchange` handles
 * what goes over the connection. Everything that a session does follows from a frame, a timer or a call, and it
 * reaches the outside only through the environment.
 */
export class Session implements ConnectionOwner {
  readonly stateListeners = new Listeners<[ClientState]>();
  readonly reconnectedListeners = new Listeners<[]>();
  readonly #environment: ClientEnvironment;
  readonly #options: SessionOptions;
  readonly #connector: Connector;
  readonly #exchange: SessionExchange;
  readonly #liveness: Liveness;
  readonly #heartbeat: SessionHeartbeat;
  readonly #health = new ConnectionHealth();
  readonly #abort = new AbortController();
  #state: ClientState = 'connecting';
  #id = 0n;
  #password: Uint8Array = new Uint8Array(SESSION_PASSWORD_BYTES);
  #native = false;
  /** The connection that serves the session. */
  #connection: Connection | undefined;
  /** Whether the connection does not answer, so that another one is tried beside it. The first that answers is used. */
  #isSuspected = false;
  #tickTimer: TimerHandle | undefined;
  #tickDueAt = 0;
  #closing: Promise<void> | undefined;
  #finishClosing: (() => void) | undefined;

  constructor(environment: ClientEnvironment, options: SessionOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#liveness = new Liveness(options.sessionTimeoutMs);
    this.#heartbeat = new SessionHeartbeat(environment, options, this.#liveness);
    this.#connector = new Connector(environment, options, (address) => this.#open(address));
    this.#exchange = new SessionExchange(options.chroot, {
      onAnswered: (provedAt) => this.#handleAnswered(provedAt),
      onBroken: (error) => this.#endBroken(error),
    });
  }

  /** The id of the session, or 0 before there is one. */
  get id(): bigint {
    return this.#id;
  }

  get timeoutMs(): number {
    return this.#liveness.timeoutMs;
  }

  get native(): boolean {
    return this.#native;
  }

  /** The newest zxid of any answer. */
  get lastZxid(): Zxid {
    return this.#exchange.lastZxid;
  }

  get watches(): SessionWatches {
    return this.#exchange.watches;
  }

  get grants(): GrantTable {
    return this.#exchange.grants;
  }

  get lastFailure(): Error | undefined {
    return this.#connector.lastFailure;
  }

  get state(): ClientState {
    this.#maybeExpire();
    return this.#state;
  }

  get signal(): AbortSignal {
    this.#maybeExpire();
    return this.#abort.signal;
  }

  get safeUntil(): number {
    this.#heartbeat.takeProof();
    return this.#liveness.safeUntil;
  }

  start(): void {
    this.#connector.start();
  }

  /** Sends the request, or queues it until there is a connection and room. */
  perform(request: Request, options: PerformOptions): Promise<Reply> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closing !== undefined || this.#isOver()) return Promise.reject(this.#overError());
    return this.#exchange.perform(request, options, this.#connection);
  }

  /** Shows a credential on this and every later connection. Rejects with AUTH_FAILED if a server refuses it. */
  authenticate(scheme: string, auth: Uint8Array | null, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closing !== undefined || this.#isOver()) return Promise.reject(this.#overError());
    return this.#exchange.authenticate(scheme, auth, this.#connection, signal);
  }

  /**
   * Ends the session, so that its ephemeral nodes are removed now. Waits for the ensemble's answer, through a
   * reconnection if necessary, until `closeTimeoutMs` have passed or `signal` fires. Never rejects.
   */
  close(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = new Promise((resolve) => {
        this.#finishClosing = resolve;
      });
      this.#beginClosing();
    }
    const giveUp = () => this.#end('closed', closedError());
    if (signal?.aborted) giveUp();
    else signal?.addEventListener('abort', giveUp);
    return this.#closing.then(() => signal?.removeEventListener('abort', giveUp));
  }

  handleEstablished(connection: Connection, response: ConnectResponse): void {
    this.#guard(() => this.#establish(connection, response));
  }

  handleFrame(connection: Connection, reader: ByteReader): void {
    // As `#guard`, without a closure for each frame.
    try {
      this.#takeFrame(connection, reader);
    } catch (error) {
      this.#endBroken(error);
    }
  }

  handleDrain(connection: Connection): void {
    if (this.#connection === connection) this.#guard(() => this.#exchange.handleDrain(connection));
  }

  handleClosed(connection: Connection, cause: Error | undefined): void {
    this.#guard(() => {
      if (cause instanceof InvariantError) throw cause;
      this.#leave(connection, cause);
    });
  }

  #establish(connection: Connection, response: ConnectResponse): void {
    const isNew = this.#id === 0n;
    if (response.sessionId === 0n || response.timeoutMs <= 0) {
      connection.destroy();
      if (isNew) this.#connector.failed(connection, new Error('the server refused the session'));
      else if (this.#closing !== undefined) this.#end('closed', closedError());
      else this.#end('expired', expiredError('the ensemble has ended the session'));
      return;
    }
    if (!isNew && (response.sessionId !== this.#id || connection.native !== this.#native)) {
      connection.destroy();
      this.#connector.failed(connection, new Error('the server did not resume the session'));
      return;
    }
    this.#connector.succeeded(connection);
    if (this.#connection !== undefined) {
      this.#connection.destroy();
      this.#forgetConnection(
        this.#connection,
        new ConclaveError('CONNECTION_LOST', 'another server answered first'),
      );
    }
    this.#id = response.sessionId;
    this.#password = response.password.slice();
    this.#native = connection.native;
    this.#liveness.establish(response.timeoutMs, connection.helloSentAt);
    this.#connection = connection;
    this.#exchange.begin(connection, isNew);
    const server = formatAddress(connection.address);
    this.#options.logger.info({ server, sessionId: this.#idText, native: this.#native }, 'connected');
    if (this.#closing !== undefined) return;
    if (isNew && this.#native) this.#startHeartbeat();
    this.#scheduleTick();
    this.#become('connected');
    if (!isNew) this.reconnectedListeners.emit();
  }

  #takeFrame(connection: Connection, reader: ByteReader): void {
    if (this.#isSuspected) this.#trust();
    const header = readReplyHeader(reader, this.#native);
    if (header.xid === SpecialXid.ping) {
      const sentAt = this.#health.handleAnswered();
      if (sentAt !== undefined) this.#handleAnswered(sentAt);
      if (this.#native) this.watches.handleComplete(header.zxid);
      return;
    }
    const refusal = this.#exchange.handleFrame(connection, header, reader);
    if (refusal === undefined) return;
    if (refusal.over === 'connection') this.#drop(connection, refusal.cause);
    else this.#end('expired', expiredError('the ensemble has ended the session'));
  }

  #leave(connection: Connection, cause: Error | undefined): void {
    if (this.#connection !== connection) {
      this.#connector.failed(connection, cause);
      return;
    }
    const server = formatAddress(connection.address);
    this.#options.logger.info({ server, sessionId: this.#idText, err: cause }, 'connection lost');
    const isTryingAnother = this.#isSuspected;
    this.#forgetConnection(
      connection,
      new ConclaveError('CONNECTION_LOST', `the connection to ${server} was lost`, { cause }),
    );
    // On ZooKeeper's door a lost connection rejects closeSession too, which has ended the session here.
    if (this.#isOver()) return;
    if (!isTryingAnother) this.#connector.startLater();
    if (this.#closing === undefined) this.#become('suspended');
  }

  #open(address: ServerAddress): Connection {
    const hello = {
      protocolVersion: ProtocolVersion.native,
      lastZxidSeen: Math.max(this.watches.completeZxid, this.lastZxid),
      timeoutMs: this.#options.sessionTimeoutMs,
      sessionId: this.#id,
      password: this.#password,
      readOnly: false,
    };
    const { chroot, frameBytesMax } = this.#options;
    return new Connection(this.#environment, { address, hello, chroot, frameBytesMax }, this);
  }

  #forgetConnection(connection: Connection, lost: ConclaveError): void {
    this.#connection = undefined;
    this.#isSuspected = false;
    this.#health.reset();
    this.#exchange.handleConnectionLost(connection, lost);
  }

  #suspect(connection: Connection): void {
    this.#isSuspected = true;
    this.#options.logger.info(
      { server: formatAddress(connection.address) },
      'no answer; trying another server',
    );
    if (this.#closing === undefined) this.#become('suspended');
    this.#connector.start();
  }

  #trust(): void {
    this.#isSuspected = false;
    this.#connector.stop();
    if (this.#closing === undefined) this.#become('connected');
  }

  #handleAnswered(provedAt: number | undefined): void {
    if (provedAt !== undefined) this.#liveness.prove(provedAt);
    this.#connector.confirmed();
  }

  #drop(connection: Connection, cause: Error): void {
    connection.destroy();
    this.#leave(connection, cause);
  }

  #beginClosing(): void {
    const error = closedError();
    if (this.#isOver() || this.#id === 0n) {
      this.#end('closed', error);
      return;
    }
    // Work that depends on the session must stop before the ensemble can give away what the session holds.
    this.#abort.abort(error);
    this.#heartbeat.stop();
    const timer = this.#environment.setTimer(() => this.#end('closed', error), this.#options.closeTimeoutMs);
    const end = () => {
      this.#environment.clearTimer(timer);
      this.#end('closed', error);
    };
    this.#exchange.endSession(error, this.#connection).then(end, end);
  }

  #end(state: 'expired' | 'closed', error: ConclaveError): void {
    if (!this.#isOver()) {
      this.#abort.abort(error);
      this.#heartbeat.stop();
      this.#connector.stop();
      if (this.#tickTimer !== undefined) this.#environment.clearTimer(this.#tickTimer);
      this.#connection?.close();
      this.#connection = undefined;
      this.#exchange.abandon(error);
      this.#options.logger.info({ sessionId: this.#idText, err: error }, state);
      this.#become(state);
      this.stateListeners.clear();
      this.reconnectedListeners.clear();
    }
    this.#finishClosing?.();
  }

  /** Runs a step of the session. If the step finds a broken invariant, it ends the session and not the process. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#endBroken(error);
    }
  }

  /**
   * Ends the session if `error` is a broken invariant, and returns the error that ended it. Nothing more is sent,
   * because it would follow from a state that can no longer be trusted. Throws every other error on.
   */
  #endBroken(error: unknown): ConclaveError {
    if (!(error instanceof InvariantError)) throw error;
    const ended = new ConclaveError(
      'RUNTIME_INCONSISTENCY',
      `the client ended the session because its own state is inconsistent: ${error.message}`,
      { cause: error },
    );
    this.#options.logger.warn(
      { sessionId: this.#idText, err: error },
      'an invariant of the client is broken',
    );
    this.#connection?.destroy();
    this.#end(this.#closing === undefined ? 'expired' : 'closed', ended);
    return ended;
  }

  get #idText(): string {
    return `0x${this.#id.toString(16)}`;
  }

  #become(state: ClientState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.stateListeners.emit(state);
  }

  #isOver(): boolean {
    return isFinal(this.#state);
  }

  #overError(): ConclaveError {
    return this.#state === 'expired' ? expiredError('the session is over') : closedError();
  }

  #startHeartbeat(): void {
    this.#heartbeat.start({
      sessionId: this.#id,
      password: this.#password,
      lastZxidSeen: this.lastZxid,
      onSessionGone: () => {
        // A new handshake of the session's own connection decides whether the session is really gone.
        const connection = this.#connection;
        if (connection !== undefined)
          this.#drop(connection, new Error('a server answered a heartbeat that the session does not exist'));
      },
    });
  }

  #maybeExpire(): boolean {
    if (this.#id === 0n || this.#isOver()) return false;
    this.#heartbeat.takeProof();
    if (this.#environment.now() < this.#liveness.safeUntil) return false;
    // The ensemble may still have the session. Ending it spares those that wait for its locks the session timeout.
    if (this.#connection !== undefined) this.#exchange.renounceSession(this.#connection);
    if (this.#closing !== undefined) this.#end('closed', closedError());
    else this.#end('expired', expiredError('no server has answered for nearly a session timeout'));
    return true;
  }

  #scheduleTick(): void {
    if (this.#tickTimer !== undefined) this.#environment.clearTimer(this.#tickTimer);
    const now = this.#environment.now();
    const delayMs = Math.max(1, Math.min(this.#liveness.tickMs, this.#liveness.safeUntil - now));
    this.#tickDueAt = now + delayMs;
    this.#tickTimer = this.#environment.setTimer(this.#tick, delayMs);
  }

  readonly #tick = (): void => this.#guard(() => this.#look());

  #look(): void {
    this.#tickTimer = undefined;
    if (this.#maybeExpire()) return;
    this.#heartbeat.vouch();
    if (this.#connection !== undefined) this.#checkConnection(this.#connection);
    this.#scheduleTick();
  }

  #checkConnection(connection: Connection): void {
    const now = this.#environment.now();
    const verdict = this.#health.judge(
      {
        now,
        lastReceivedAt: connection.lastReceivedAt,
        provedAt: this.#liveness.provedHereAt,
        // Conclave's servers answer a ping at once, ZooKeeper's only after the calls before it.
        waitingSince: this.#native && !this.#isSuspected ? this.#exchange.waitingSince : undefined,
        isLate: now - this.#tickDueAt > this.#liveness.tickMs,
      },
      this.#liveness,
    );
    switch (verdict) {
      case 'fine':
        return;
      case 'ask':
        this.#health.handleAsked(now);
        connection.writeRequest(SpecialXid.ping, 0, 0, { op: OpCode.ping });
        return;
      case 'suspect':
        this.#suspect(connection);
        return;
      case 'giveUp':
        this.#drop(connection, new Error(`silent for ${Math.round(now - connection.lastReceivedAt)} ms`));
        return;
      default:
        unreachable(verdict);
    }
  }
}
