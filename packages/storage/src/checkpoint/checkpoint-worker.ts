import { unreachable, type Zxid } from '@conclave/protocol';
import { StorageError } from '../errors.ts';
import type { RequestMessage } from '../threads/worker-messages.ts';
import { ownerPort, reply } from '../threads/worker-port.ts';
import { CheckpointDatabase } from './checkpoint-database.ts';
import type { CheckpointRequest } from './checkpoint-messages.ts';
import type { CheckpointReader } from './checkpoint-reader.ts';
import { decodeEncodedRows } from './row-codec.ts';
import { SnapshotDecoder } from './snapshot-codec.ts';

/** Each open reader costs a connection and keeps the write-ahead log from being reused. */
const READERS_MAX = 16;

interface OpenReader {
  readonly reader: CheckpointReader;
  usedAt: number;
}

/** The checkpoint's thread. It does one request after the other, and each is a bounded piece of work. */
class CheckpointWorker {
  readonly #port = ownerPort();
  readonly #readers = new Map<number, OpenReader>();
  #database: CheckpointDatabase | undefined;
  #install: { readonly zxid: Zxid; readonly decoder: SnapshotDecoder } | undefined;
  #nextReader = 1;
  #idleTimer: NodeJS.Timeout | undefined;
  #writeAheadLogStuck = false;

  start(): void {
    this.#port.on('message', ({ id, request }: RequestMessage<CheckpointRequest>) => {
      reply(this.#port, id, () => this.#answer(request));
      // After the reply, because the caller that waits for the commit need not wait for this as well.
      if (request.type === 'commit' || request.type === 'commitInstall') this.#tryMoveWriteAheadLog();
    });
  }

  #answer(request: CheckpointRequest): unknown {
    switch (request.type) {
      case 'open':
        return this.#open(request);
      case 'begin':
        return this.#begin(false);
      case 'rows':
        return this.#opened().put(decodeEncodedRows(request.block));
      case 'commit':
        return this.#opened().commit(request.zxid);
      case 'rollback':
        this.#install = undefined;
        return this.#opened().rollback();
      case 'beginInstall':
        return this.#beginInstall(request.zxid);
      case 'installChunk':
        return this.#opened().put(this.#installing().decoder.decode(request.chunk));
      case 'commitInstall':
        return this.#commitInstall();
      case 'logCleared':
        return this.#opened().logCleared();
      case 'openReader':
        return this.#openReader();
      case 'readRows':
        return this.#reader(request.reader).nextRows();
      case 'readChunks':
        return this.#reader(request.reader).nextChunks();
      case 'closeReader':
        return this.#closeReader(request.reader);
      case 'close':
        return this.#close();
      default:
        return unreachable(request);
    }
  }

  #open(request: CheckpointRequest & { readonly type: 'open' }): { zxid: Zxid; clearLog: boolean } {
    this.#database = CheckpointDatabase.open(request);
    this.#idleTimer = setInterval(() => this.#dropIdle(request.readerIdleMs), request.readerIdleMs / 4);
    const { zxid, clearLog } = this.#database.state;
    return { zxid, clearLog };
  }

  #close(): void {
    clearInterval(this.#idleTimer);
    for (const id of [...this.#readers.keys()]) this.#closeReader(id);
    this.#database?.close();
  }

  #beginInstall(zxid: Zxid): void {
    this.#begin(true);
    this.#install = { zxid, decoder: new SnapshotDecoder(zxid) };
  }

  #commitInstall(): void {
    const { zxid, decoder } = this.#installing();
    const database = this.#opened();
    if (decoder.tally === undefined || !decoder.tally.equals(database.tally)) {
      throw new StorageError('CORRUPT_SNAPSHOT', 'the snapshot is damaged: it is not complete');
    }
    database.commit(zxid);
    this.#install = undefined;
  }

  #openReader(): { reader: number; zxid: Zxid } {
    if (this.#readers.size >= READERS_MAX) {
      throw new StorageError('BUSY', `${READERS_MAX} readers of the checkpoint are open already`);
    }
    const reader = this.#opened().openReader();
    const id = this.#nextReader++;
    this.#readers.set(id, { reader, usedAt: performance.now() });
    return { reader: id, zxid: reader.zxid };
  }

  #reader(id: number): CheckpointReader {
    const open = this.#readers.get(id);
    if (open === undefined) {
      throw new StorageError('SNAPSHOT_EXPIRED', 'the reader was idle for too long and has been closed');
    }
    open.usedAt = performance.now();
    return open.reader;
  }

  #closeReader(id: number): void {
    this.#readers.get(id)?.reader.close();
    this.#readers.delete(id);
  }

  #dropIdle(idleMs: number): void {
    const since = performance.now() - idleMs;
    for (const [id, { usedAt }] of this.#readers) if (usedAt < since) this.#closeReader(id);
  }

  #begin(replaces: boolean): void {
    if (this.#writeAheadLogStuck) this.#opened().checkpoint();
    this.#writeAheadLogStuck = false;
    this.#opened().begin(replaces);
  }

  #tryMoveWriteAheadLog(): void {
    try {
      this.#database?.checkpoint();
    } catch {
      // The committed rows are safe where they are. The next write tries this again first, and reports a failure.
      this.#writeAheadLogStuck = true;
    }
  }

  #installing(): { readonly zxid: Zxid; readonly decoder: SnapshotDecoder } {
    if (this.#install === undefined) throw new StorageError('CLOSED', 'no snapshot is being installed');
    return this.#install;
  }

  #opened(): CheckpointDatabase {
    if (this.#database === undefined) throw new StorageError('CLOSED', 'the checkpoint is not open');
    return this.#database;
  }
}

new CheckpointWorker().start();
