import type { ProtocolError } from '@conclave/protocol';
import type { Applied, Txn } from '@conclave/tree';
import type { Logger } from 'pino';
import type { ByteStream } from '../environment/byte-stream.ts';
import type { Clock } from '../environment/environment.ts';
import { LimitedLog } from '../environment/limited-log.ts';
import type { DisconnectReason } from '../requests/disconnect-reason.ts';

/** A connection as the log names it. */
export interface LoggedClient {
  readonly stream: Pick<ByteStream, 'remoteAddress'>;
  readonly sessionId: number;
}

/** The log lines about clients. Those that a client can cause at will are written at a limited rate. */
export class ClientLog {
  readonly #log: Logger;
  readonly #badInputs: LimitedLog;
  readonly #quotas: LimitedLog;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#badInputs = new LimitedLog(log, clock);
    this.#quotas = new LimitedLog(log, clock);
  }

  refused(address: string, connections: number): void {
    this.#badInputs.warn({ address, connections }, 'connection limit reached');
  }

  badInput({ stream, sessionId }: LoggedClient, { code, message }: ProtocolError): void {
    this.#badInputs.warn(
      { address: stream.remoteAddress, sessionId, code, reason: message },
      'bad input from a client',
    );
  }

  failed({ sessionId }: LoggedClient, err: unknown): void {
    this.#log.error({ err, sessionId }, 'a request failed unexpectedly');
  }

  closed({ stream, sessionId }: LoggedClient, reason: DisconnectReason): void {
    this.#log.debug({ address: stream.remoteAddress, sessionId, reason }, 'connection closed');
  }

  /** The client learns from its answer that a hard quota refused its write. A soft quota refuses nothing: it is logged. */
  applied(
    { quotasEnforced, sessionId }: Txn,
    { exceededQuotas, inconsistency, longSequence }: Applied,
  ): void {
    for (const { path, what, limit, value, isHard } of exceededQuotas) {
      if (isHard && quotasEnforced) continue;
      this.#quotas.warn({ path, what, limit, value, sessionId }, 'a quota is exceeded');
    }
    if (inconsistency !== undefined) {
      this.#log.error({ inconsistency, sessionId }, 'the state contradicts itself');
    }
    if (longSequence !== undefined) {
      this.#quotas.warn({ path: longSequence }, 'the sequence numbers of a parent are almost used up');
    }
  }
}
