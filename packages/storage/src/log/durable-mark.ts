import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter, InvariantError, toZxid, type Zxid } from '@conclave/protocol';

/** How far the log was durable when the mark was written. */
export interface Mark {
  /** The number of the last durable transaction of the log. */
  readonly commit: number;
  /** The end of the log after it. */
  readonly zxid: Zxid;
  /** An acknowledged operation is missing from the log and no leader has synchronised this server since. */
  readonly lost: boolean;
}

export type MarkState = Mark | 'missing' | 'unreadable';

const FORMAT = 1;
const RECORD_BYTES = 33;
/** The slots are far enough apart that one torn write cannot damage both. */
const SLOT_BYTES = 4096;

/**
 * A small file that distinguishes a harmless torn tail from a lost one. SQLite silently cuts a damaged end of its
 * write-ahead log. The mark says how far the log had been durable, and so whether acknowledged entries went with it.
 *
 * It is written after every durable transaction and before its acknowledgement, without an fsync. It therefore survives
 * a crash of the process. After a loss of power it can only be older than the log, never ahead of it, so it raises no
 * false alarm. Truncation needs no special order, because transaction numbers are compared, and those only grow. Two
 * slots are written in turn. The newer one that passes its checksum counts.
 */
export class DurableMark {
  readonly #fd: number;
  readonly #writer = new ByteWriter(RECORD_BYTES);
  #generation: number;
  /** The transaction of the last mark. */
  #commit: number;

  private constructor(fd: number, generation: number, commit: number) {
    this.#fd = fd;
    this.#generation = generation;
    this.#commit = commit;
  }

  static open(file: string): { readonly mark: DurableMark; readonly state: MarkState } {
    let fd: number;
    try {
      fd = openSync(file, 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      const created = openSync(file, 'wx+');
      // Its two blocks exist from now on, so that a full disk cannot fail the mark alone.
      writeSync(created, new Uint8Array(2 * SLOT_BYTES));
      return { mark: new DurableMark(created, 0, 0), state: 'missing' };
    }
    const slots = [readSlot(fd, 0), readSlot(fd, 1)].filter((slot) => slot !== undefined);
    const newest = slots.sort((a, b) => b.generation - a.generation)[0];
    if (newest === undefined) return { mark: new DurableMark(fd, 0, 0), state: 'unreadable' };
    return { mark: new DurableMark(fd, newest.generation, newest.state.commit), state: newest.state };
  }

  /** Throws `InvariantError` if the mark would go back: it would then hide the loss of a later transaction. */
  write(commit: number, zxid: Zxid, lost: boolean): void {
    if (commit < this.#commit) {
      throw new InvariantError(`the durable mark goes back from transaction ${this.#commit} to ${commit}`);
    }
    this.#commit = commit;
    this.#generation++;
    const writer = this.#writer;
    writer.reset();
    writer.int(0);
    writer.int(FORMAT);
    writer.boolean(lost);
    writer.long(this.#generation);
    writer.long(commit);
    writer.long(zxid);
    const record = writer.view();
    writer.setInt(0, crc32(record.subarray(4)) | 0);
    writeSync(this.#fd, record, 0, RECORD_BYTES, (this.#generation % 2) * SLOT_BYTES);
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function readSlot(fd: number, slot: number): { generation: number; state: Mark } | undefined {
  const record = new Uint8Array(RECORD_BYTES);
  if (readSync(fd, record, 0, RECORD_BYTES, slot * SLOT_BYTES) !== RECORD_BYTES) return undefined;
  const reader = new ByteReader(record);
  if (reader.int() !== (crc32(record.subarray(4)) | 0) || reader.int() !== FORMAT) return undefined;
  const lost = reader.boolean();
  const generation = reader.long();
  return { generation, state: { commit: reader.long(), zxid: toZxid(reader.long()), lost } };
}
