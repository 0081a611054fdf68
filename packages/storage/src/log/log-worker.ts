import { receiveMessageOnPort } from 'node:worker_threads';
import { InvariantError, unreachable, type Zxid } from '@conclave/protocol';
import { StorageError } from '../errors.ts';
import { fromErrorData, toErrorData } from '../threads/error-transport.ts';
import type { RequestMessage } from '../threads/worker-messages.ts';
import { ownerPort, reply } from '../threads/worker-port.ts';
import { LogDatabase } from './log-database.ts';
import type { EncodedBatch, LogMessage, LogNotice, LogRecovery, LogRequest } from './log-messages.ts';

/** The most bytes in one transaction, so that a long queue does not make one huge write-ahead log. */
const TRANSACTION_BYTES_MAX = 8 * 1024 * 1024;

/** The rows that one step of a purge deletes. Batches that arrived meanwhile go before the next step. */
const PURGE_STEP_ROWS = 64;

const RECOVERED_BLOCK_BYTES = 1024 * 1024;

/**
 * The log's thread. It takes all batches that arrived while the disk worked, makes them durable in one transaction, and
 * reports the last sequence. The batches that arrive meanwhile make up the next transaction.
 */
class LogWorker {
  readonly #port = ownerPort();
  readonly #purges: { readonly id: number; readonly through: Zxid }[] = [];
  #batches: EncodedBatch[] = [];
  #batchBytes = 0;
  #lastSequence = Number.NEGATIVE_INFINITY;
  #log: LogDatabase | undefined;
  #failure: StorageError | undefined;

  start(): void {
    this.#port.on('message', (first: LogMessage) => {
      this.#take(first);
      for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) {
        this.#take(next.message);
      }
      this.#persist();
    });
  }

  #take(message: LogMessage): void {
    if ('request' in message) {
      this.#persist();
      this.#answer(message);
      return;
    }
    if (message.sequence <= this.#lastSequence) {
      this.#fail(new InvariantError(`batch ${message.sequence} arrived after batch ${this.#lastSequence}`));
      return;
    }
    this.#lastSequence = message.sequence;
    this.#batches.push(message);
    for (const operation of message.operations) {
      if (operation.type !== 'append') continue;
      for (const row of operation.rows) this.#batchBytes += row.length;
    }
    if (this.#batchBytes >= TRANSACTION_BYTES_MAX) this.#persist();
  }

  #persist(): void {
    const batches = this.#batches;
    const last = batches[batches.length - 1];
    if (last === undefined) return;
    this.#batches = [];
    this.#batchBytes = 0;
    // Batches queued behind a failure are not acknowledged either, because they may build on entries that were lost.
    if (this.#failure) return;
    try {
      const log = this.#mustBeOpen();
      log.apply(batches);
      this.#notify(last.sequence);
      log.checkpointIfDue();
    } catch (error) {
      this.#fail(error);
    }
  }

  #answer({ id, request }: RequestMessage<LogRequest>): void {
    switch (request.type) {
      case 'open':
        reply(this.#port, id, () => this.#open(request.directory, request.walBytesMax));
        break;
      case 'flush':
        reply(this.#port, id, () => this.#soundLog().last);
        break;
      case 'purge':
        this.#purges.push({ id, through: request.through });
        if (this.#purges.length === 1) this.#purgeStep();
        break;
      case 'clear':
        reply(this.#port, id, () => this.#attempt((log) => log.clear(request.base)));
        break;
      case 'close':
        this.#abandonPurges();
        reply(this.#port, id, () => this.#log?.close());
        break;
      default:
        unreachable(request);
    }
  }

  #open(directory: string, walBytesMax: number): LogRecovery {
    let rows: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    const flush = () => {
      this.#notify(
        { type: 'rows', rows },
        rows.map((row) => row.buffer),
      );
      rows = [];
      bytes = 0;
    };
    this.#log = LogDatabase.open({ directory, walBytesMax }, (row) => {
      // A copy, because SQLite's blobs may share their memory with others.
      rows.push(new Uint8Array(row));
      bytes += row.length;
      if (bytes >= RECOVERED_BLOCK_BYTES) flush();
    });
    if (rows.length > 0) flush();
    return this.#log.recovery;
  }

  #purgeStep(): void {
    const [purge] = this.#purges;
    if (purge === undefined) return;
    let more = false;
    try {
      more = this.#attempt((log) => log.purge(purge.through, PURGE_STEP_ROWS));
    } catch (error) {
      this.#purges.shift();
      reply(this.#port, purge.id, () => {
        throw error;
      });
    }
    if (!more && this.#purges[0] === purge) {
      this.#purges.shift();
      reply(this.#port, purge.id, () => undefined);
    }
    if (this.#purges.length > 0) setImmediate(() => this.#purgeStep());
  }

  #abandonPurges(): void {
    for (const { id } of this.#purges.splice(0)) {
      reply(this.#port, id, () => {
        throw new StorageError('CLOSED', 'the log was closed before the purge was done');
      });
    }
  }

  /** Makes a change that is not a batch. Its failure ends the log, as the failure of a batch does. */
  #attempt<T>(change: (log: LogDatabase) => T): T {
    const log = this.#soundLog();
    try {
      const result = change(log);
      log.checkpointIfDue();
      return result;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    const data = toErrorData(error);
    this.#failure = fromErrorData(data);
    this.#notify({ type: 'failed', error: data });
  }

  #soundLog(): LogDatabase {
    if (this.#failure) throw this.#failure;
    return this.#mustBeOpen();
  }

  #mustBeOpen(): LogDatabase {
    if (this.#log === undefined) throw new StorageError('CLOSED', 'the log is not open');
    return this.#log;
  }

  #notify(notice: LogNotice, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(notice, transfer);
  }
}

new LogWorker().start();
