import type { ByteReader, ByteWriter } from './bytes.ts';
import type { Zxid } from './zxid.ts';

/**
 * The header before a request's record. On ZooKeeper's door it is {xid, opcode}; a native session sends a 64-bit
 * number that grows by one with every request of the session and is never used twice, flags, and how far it
 * has got answers, so that the ensemble may forget them.
 */
export interface RequestHeader {
  readonly xid: number;
  readonly opcode: number;
  /** Native only: `RequestFlag`s. 0 on ZooKeeper's door. */
  readonly flags: number;
  /** Native only: every answer up to this request number has arrived. 0 on ZooKeeper's door. */
  readonly confirmed: number;
}

/** The bits of `RequestHeader.flags`. */
export const RequestFlag = {
  /** Answer this read only after the leader has proved, by a quorum, that nothing newer was committed before it came. */
  linearizable: 1,
} as const;

/** The header before the record of a reply or of an event. `xid` is the number of the request, or a `SpecialXid`. */
export interface ReplyHeader {
  readonly xid: number;
  /**
   * The transaction of the write, or the last one applied when the read was made. For a watch event the transaction
   * that fired it; -1 from a ZooKeeper before 3.9, which does not send it. 0 in the answer to `auth`.
   */
  readonly zxid: Zxid;
  /** An `ErrorNumber`; no record follows unless it is 0. */
  readonly error: number;
}

/** Writes the header in the form that the session has: `native` or ZooKeeper's. */
export function writeRequestHeader(writer: ByteWriter, header: RequestHeader, native: boolean): void {
  if (native) {
    writer.long(header.xid);
    writer.int(header.opcode);
    writer.int(header.flags);
    writer.long(header.confirmed);
  } else {
    writer.int(header.xid);
    writer.int(header.opcode);
  }
}

/** Reads the header in the form that the session has. Fields that ZooKeeper's form lacks are read as 0. */
export function readRequestHeader(reader: ByteReader, native: boolean): RequestHeader {
  if (!native) return { xid: reader.int(), opcode: reader.int(), flags: 0, confirmed: 0 };
  return { xid: reader.long(), opcode: reader.int(), flags: reader.int(), confirmed: reader.long() };
}

/** Writes the header in the form that the session has: only the width of `xid` differs. */
export function writeReplyHeader(
  writer: ByteWriter,
  xid: number,
  zxid: number,
  error: number,
  native: boolean,
): void {
  if (native) writer.long(xid);
  else writer.int(xid);
  writer.long(zxid);
  writer.int(error);
}

/** Reads the header in the form that the session has. */
export function readReplyHeader(reader: ByteReader, native: boolean): ReplyHeader {
  return {
    xid: native ? reader.long() : reader.int(),
    zxid: reader.long() as Zxid,
    error: reader.int(),
  };
}
