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

/** For `digest` the credential is `user:password`. */
export interface AuthCredential {
  readonly scheme: string;
  readonly credential: NodeData;
}

export interface ConnectOptions {
  /**
   * The ensemble's servers, as many as are known: `['ws://10.0.0.1:7400', 'tcp://10.0.0.2:2181']`, or one connection
   * string, `conclave://h1:7400,h2:7400/chroot` or `zookeeper://h1:2181,h2:2181/chroot`. They are tried in random order.
   */
  readonly servers: readonly string[] | string;
  /** The node that the client takes for the root; it is not created. Default: the chroot of `servers`, or `/`. */
  readonly chroot?: string | undefined;
  /**
   * How long the ensemble keeps a session that it does not hear of, in milliseconds; the server may clamp it. Default
   * 10,000. Less: what a dead client holds is free sooner. More: longer troubles are outlived.
   */
  readonly sessionTimeoutMs?: number | undefined;
  /** How long `connect` tries before it rejects with CONNECTION_LOST, in milliseconds. Default 15,000; Infinity: for ever. */
  readonly connectTimeoutMs?: number | undefined;
  /** Who keeps the session alive while the event loop is busy. Default `tolerant`. */
  readonly liveness?: LivenessPolicy | undefined;
  /** Waits between attempts to connect. */
  readonly backoff?: Partial<BackoffOptions> | undefined;
  /** The largest request and answer, in bytes. Default 1 MiB and 16 KiB; the server has a limit of its own. */
  readonly frameBytesMax?: number | undefined;
  /** Who the session is, shown to every server before anything else; more can be added with `Client.addAuth`. */
  readonly auth?: readonly AuthCredential[] | undefined;
  /** Aborts the attempt to connect; afterwards it means nothing. */
  readonly signal?: AbortSignal | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  /** Default: the platform's. */
  readonly environment?: ClientEnvironment | undefined;
}

const SESSION_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
const ATTEMPT_TIMEOUT_MS_MIN = 250;
const ATTEMPT_TIMEOUT_MS_MAX = 3_000;

/** Opens a session; `platform` is what `options.environment` defaults to. */
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
    `no server gave a session within ${connectTimeoutMs} ms${last}`,
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
      `nothing but ${environment.transports.join(', ')} here, not ${names}`,
    );
  }
  const problem = pathProblem(target.chroot);
  if (problem !== undefined)
    throw new ConclaveError('INVALID_PATH', `chroot: ${problem}`, { path: target.chroot });
  const sessionTimeoutMs = mustBePositive('sessionTimeoutMs', options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS);
  if (sessionTimeoutMs > 2 ** 31 - 1) throw invalidOption('sessionTimeoutMs', sessionTimeoutMs, 'below 2^31');
  const backoff = { ...defaultBackoff, ...options.backoff };
  if (!(backoff.minMs >= 0 && backoff.maxMs >= backoff.minMs)) {
    throw new ConclaveError('INVALID_ARGUMENT', 'backoff: 0 <= minMs <= maxMs is wanted');
  }
  return {
    servers,
    chroot: new Chroot(target.chroot),
    sessionTimeoutMs: Math.round(sessionTimeoutMs),
    // All servers together should have had their chance before the session is lost.
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
