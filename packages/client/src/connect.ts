import { FRAME_BYTES_MAX, pathProblem } from '@conclave/protocol';
import type { Client } from './client.ts';
import { ConclaveClient } from './conclave-client.ts';
import { type BackoffOptions, defaultBackoff } from './connection/backoff.ts';
import { Chroot } from './connection/chroot.ts';
import { formatAddress, parseServers, parseTarget, type Target } from './environment/addresses.ts';
import type { ClientEnvironment } from './environment/environment.ts';
import type { LivenessPolicy } from './environment/heartbeat.ts';
import { ConclaveError } from './errors.ts';
import { type Logger, silentLogger } from './logger.ts';
import type { NodeData } from './operations/node-data.ts';
import { Session } from './session/session.ts';
import type { SessionOptions } from './session/session-options.ts';

/** An identity of the session, with the proof for it. */
export interface AuthCredential {
  /** The authentication scheme, such as `digest`. */
  readonly scheme: string;
  /** The proof. For the scheme `digest` it is `user:password`. */
  readonly credential: NodeData;
}

/** The options of `connect`. */
export interface ConnectOptions {
  /**
   * The servers of the ensemble, as many as are known: a list such as `['ws://10.0.0.1:7400',
   * 'tcp://10.0.0.2:2181']`, or one connection string, `conclave://h1:7400,h2:7400/chroot` or
   * `zookeeper://h1:2181,h2:2181/chroot`. The client tries them in random order.
   */
  readonly servers: readonly string[] | string;
  /** The node that the client takes for the root. It is not created. Default: the chroot of `servers`, or `/`. */
  readonly chroot?: string | undefined;
  /**
   * How long the ensemble keeps a session without a sign of life from its client, in milliseconds. The server may limit
   * it. With less, the locks of a client that died are free sooner. With more, the session survives longer outages.
   * Default 10,000.
   */
  readonly sessionTimeoutMs?: number | undefined;
  /**
   * How long `connect` tries before it rejects with CONNECTION_LOST, in milliseconds. `Infinity` is for ever. Default
   * 15,000.
   */
  readonly connectTimeoutMs?: number | undefined;
  /** How the session is kept alive while the event loop is busy. Default `tolerant`. */
  readonly liveness?: LivenessPolicy | undefined;
  /** How long the client waits between attempts to connect. Default: 20 ms at first, 2,000 ms at most. */
  readonly backoff?: Partial<BackoffOptions> | undefined;
  /**
   * The largest request and the largest answer, in bytes. The server has a limit of its own. Default 1 MiB and 16 KiB.
   */
  readonly frameBytesMax?: number | undefined;
  /**
   * The identities of the session. The client shows them to every server before it sends any request. `Client.addAuth`
   * adds more. Default: none.
   */
  readonly auth?: readonly AuthCredential[] | undefined;
  /** Ends the attempt to connect. It has no effect after `connect` has resolved. Default: no signal. */
  readonly signal?: AbortSignal | undefined;
  /** Where the client writes its log lines. Default: the client logs nothing. */
  readonly logger?: Logger | undefined;
  /** The clock, the timers and the network that the client uses. Default: those of the platform. */
  readonly environment?: ClientEnvironment | undefined;
}

const SESSION_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
const ATTEMPT_TIMEOUT_MS_MIN = 250;
const ATTEMPT_TIMEOUT_MS_MAX = 3_000;

/** Opens a session. `platform` is the default of `options.environment`. */
export async function connectOn(
  platform: ClientEnvironment,
  options: ConnectOptions | string,
): Promise<Client> {
  const given: ConnectOptions = typeof options === 'string' ? { servers: options } : options;
  const environment = given.environment ?? platform;
  given.signal?.throwIfAborted();
  const session = new Session(environment, sessionOptionsOf(given, environment));
  const connectTimeoutMs = mustBePositive('connectTimeoutMs', given.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  const client = new ConclaveClient(session);
  const shown = Promise.all(
    (given.auth ?? []).map(({ scheme, credential }) => client.addAuth(scheme, credential)),
  );
  try {
    await Promise.all([shown, established(session, environment, connectTimeoutMs, given.signal)]);
  } catch (error) {
    void client.close();
    throw error;
  }
  return client;
}

function established(
  session: Session,
  environment: ClientEnvironment,
  connectTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      finish();
      void session.close(undefined);
      reject(error);
    };
    const handleAbort = () => fail(signal?.reason);
    const timer = Number.isFinite(connectTimeoutMs)
      ? environment.setTimer(() => fail(noSession(connectTimeoutMs, session.lastFailure)), connectTimeoutMs)
      : undefined;
    const unsubscribe = session.stateListeners.add(() => {
      finish();
      resolve();
    });
    const finish = () => {
      if (timer !== undefined) environment.clearTimer(timer);
      signal?.removeEventListener('abort', handleAbort);
      unsubscribe();
    };
    signal?.addEventListener('abort', handleAbort);
    session.start();
  });
}

function noSession(connectTimeoutMs: number, cause: Error | undefined): ConclaveError {
  const last = cause === undefined ? '' : `; the last attempt: ${cause.message}`;
  return new ConclaveError(
    'CONNECTION_LOST',
    `no server accepted the session within ${connectTimeoutMs} ms${last}`,
    { cause },
  );
}

function sessionOptionsOf(options: ConnectOptions, environment: ClientEnvironment): SessionOptions {
  const target = targetOf(options);
  const servers = target.servers.filter(({ transport }) => environment.transports.includes(transport));
  if (servers.length === 0) {
    const names = target.servers.map(formatAddress).join(', ');
    throw new ConclaveError(
      'UNSUPPORTED',
      `this environment supports only ${environment.transports.join(', ')}, but the servers are ${names}`,
    );
  }
  const problem = pathProblem(target.chroot);
  if (problem !== undefined)
    throw new ConclaveError('INVALID_PATH', `chroot: ${problem}`, { path: target.chroot });
  const sessionTimeoutMs = mustBePositive('sessionTimeoutMs', options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS);
  if (sessionTimeoutMs > 2 ** 31 - 1) throw invalidOption('sessionTimeoutMs', sessionTimeoutMs, 'below 2^31');
  const backoff = { ...defaultBackoff, ...options.backoff };
  if (!(backoff.minMs >= 0 && backoff.maxMs >= backoff.minMs)) {
    throw new ConclaveError('INVALID_ARGUMENT', 'backoff: 0 <= minMs <= maxMs must hold');
  }
  return {
    servers,
    chroot: new Chroot(target.chroot),
    sessionTimeoutMs: Math.round(sessionTimeoutMs),
    // The client should be able to try every server once before the session is lost.
    attemptTimeoutMs: Math.max(
      ATTEMPT_TIMEOUT_MS_MIN,
      Math.min(ATTEMPT_TIMEOUT_MS_MAX, sessionTimeoutMs / (servers.length + 1)),
    ),
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    backoff,
    frameBytesMax: mustBePositive('frameBytesMax', options.frameBytesMax ?? FRAME_BYTES_MAX),
    liveness: options.liveness ?? 'tolerant',
    logger: options.logger ?? silentLogger,
  };
}

function targetOf({ servers, chroot }: ConnectOptions): Target {
  if (typeof servers !== 'string') return { servers: parseServers(servers), chroot: chroot ?? '/' };
  const target = parseTarget(servers);
  return chroot === undefined ? target : { ...target, chroot };
}

function mustBePositive(name: string, value: number): number {
  if (!(value > 0)) throw invalidOption(name, value, 'greater than 0');
  return value;
}

function invalidOption(name: string, value: number, wanted: string): ConclaveError {
  return new ConclaveError('INVALID_ARGUMENT', `${name}: ${value} is not ${wanted}`);
}
