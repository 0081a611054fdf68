import type { ByteReader, ByteWriter } from './bytes.ts';
import { ErrorNumber } from './error-codes.ts';
import { OpCode } from './opcodes.ts';
import { ProtocolError } from './protocol-error.ts';
import { readMultiHeader, writeMultiHeader } from './requests.ts';
import { readStat, type Stat, type StatFields, writeStat } from './stat.ts';

/** The records that follow a reply header whose error is 0, told apart by the opcode of their request. */
export type Response<S = Stat> =
  | { readonly op: typeof OpCode.create; readonly path: string }
  | { readonly op: typeof OpCode.create2; readonly path: string; readonly stat: S }
  | { readonly op: typeof OpCode.setData | typeof OpCode.exists; readonly stat: S }
  | { readonly op: typeof OpCode.getData; readonly data: Uint8Array | null; readonly stat: S }
  | { readonly op: typeof OpCode.getChildren; readonly children: readonly string[] }
  | { readonly op: typeof OpCode.getChildren2; readonly children: readonly string[]; readonly stat: S }
  | { readonly op: typeof OpCode.sync; readonly path: string }
  | { readonly op: typeof OpCode.multi; readonly results: readonly MultiResult<S>[] }
  | LineJoinResponse
  | LineHolderResponse
  | LineStatusResponse
  | BarrierEnterResponse
  | BarrierLeaveResponse
  | {
      readonly op:
        | typeof OpCode.delete
        | typeof OpCode.check
        | typeof OpCode.ping
        | typeof OpCode.auth
        | typeof OpCode.setWatches
        | typeof OpCode.setNativeWatches
        | typeof OpCode.closeSession
        | typeof OpCode.lineLeave;
    };

/**
 * One operation's result within `multi`. When the multi failed every result is an `error`: 0 for the operations before
 * the one that failed, its own code, RUNTIME_INCONSISTENCY for those after it. ZooKeeper's reply header then says 0.
 */
export type MultiResult<S = Stat> =
  | { readonly op: typeof OpCode.create; readonly path: string }
  | { readonly op: typeof OpCode.create2; readonly path: string; readonly stat: S }
  | { readonly op: typeof OpCode.setData; readonly stat: S }
  | { readonly op: typeof OpCode.delete | typeof OpCode.check }
  | { readonly op: typeof OpCode.error; readonly error: number };

export interface LineJoinResponse {
  readonly op: typeof OpCode.lineJoin;
  readonly granted: boolean;
  /** The contender's node; empty when `wait` was false and the line was not empty. */
  readonly node: string;
  /** The zxid that created the contender's node: its fencing token once granted. 0 without a node. */
  readonly token: number;
  /** How many contenders stand before this one. */
  readonly position: number;
}
export interface LineHolderResponse {
  readonly op: typeof OpCode.lineHolder;
  /** Empty when the line is empty; the other fields then say nothing. */
  readonly node: string;
  readonly token: number;
  readonly session: bigint;
  readonly data: Uint8Array | null;
}
export interface LineStatusResponse {
  readonly op: typeof OpCode.lineStatus;
  readonly granted: boolean;
  /** Empty when no such contender is in the line. */
  readonly node: string;
  readonly token: number;
  readonly position: number;
}
export interface BarrierEnterResponse {
  readonly op: typeof OpCode.barrierEnter;
  /** The zxid that opened the barrier, or 0 while parties are missing. */
  readonly opened: number;
  /** How many have come, this one included. */
  readonly present: number;
}
export interface BarrierLeaveResponse {
  readonly op: typeof OpCode.barrierLeave;
  /** The zxid that opened the round that is being left, or 0 when it had not opened. */
  readonly opened: number;
  /** How many are still inside. 0: this was the last and the barrier is free for a new round. */
  readonly remaining: number;
}

/** Pushed to a client, behind a reply header of xid -1 and the zxid of the transaction that fired it. */
export interface WatcherEvent {
  /** An `EventType`. */
  readonly type: number;
  /** A `KeeperState`. */
  readonly state: number;
  readonly path: string;
}

export function writeWatcherEvent(writer: ByteWriter, event: WatcherEvent): void {
  writer.int(event.type);
  writer.int(event.state);
  writer.string(event.path);
}

export function readWatcherEvent(reader: ByteReader): WatcherEvent {
  const event = { type: reader.int(), state: reader.int(), path: reader.string() };
  reader.end();
  return event;
}

export function writeResponse(writer: ByteWriter, response: Response<StatFields>): void {
  switch (response.op) {
    case OpCode.create:
    case OpCode.sync:
      writer.string(response.path);
      return;
    case OpCode.create2:
      writer.string(response.path);
      writeStat(writer, response.stat);
      return;
    case OpCode.setData:
    case OpCode.exists:
      writeStat(writer, response.stat);
      return;
    case OpCode.getData:
      writer.buffer(response.data);
      writeStat(writer, response.stat);
      return;
    case OpCode.getChildren:
      writer.vector(response.children, writeString);
      return;
    case OpCode.getChildren2:
      writer.vector(response.children, writeString);
      writeStat(writer, response.stat);
      return;
    case OpCode.multi:
      for (const result of response.results) writeMultiResult(writer, result);
      writeMultiHeader(writer, -1, true, -1);
      return;
    case OpCode.lineJoin:
    case OpCode.lineStatus:
      writer.boolean(response.granted);
      writer.string(response.node);
      writer.long(response.token);
      writer.int(response.position);
      return;
    case OpCode.lineHolder:
      writer.string(response.node);
      writer.long(response.token);
      writer.long(response.session);
      writer.buffer(response.data);
      return;
    case OpCode.barrierEnter:
      writer.long(response.opened);
      writer.int(response.present);
      return;
    case OpCode.barrierLeave:
      writer.long(response.opened);
      writer.int(response.remaining);
      return;
    case OpCode.delete:
    case OpCode.check:
    case OpCode.ping:
    case OpCode.auth:
    case OpCode.setWatches:
    case OpCode.setNativeWatches:
    case OpCode.closeSession:
    case OpCode.lineLeave:
      return;
    default:
      response satisfies never;
  }
}

/** Reads the record of a reply to `opcode`, to its last byte. `guarded` is answered as the write inside it. */
export function readResponse(opcode: number, reader: ByteReader): Response {
  const response = readRecord(opcode, reader);
  reader.end();
  return response;
}

function readRecord(opcode: number, reader: ByteReader): Response {
  switch (opcode) {
    case OpCode.create:
    case OpCode.sync:
      return { op: opcode, path: reader.string() };
    case OpCode.create2:
      return { op: opcode, path: reader.string(), stat: readStat(reader) };
    case OpCode.setData:
    case OpCode.exists:
      return { op: opcode, stat: readStat(reader) };
    case OpCode.getData:
      return { op: opcode, data: reader.buffer(), stat: readStat(reader) };
    case OpCode.getChildren:
      return { op: opcode, children: reader.vector(4, readString) };
    case OpCode.getChildren2:
      return { op: opcode, children: reader.vector(4, readString), stat: readStat(reader) };
    case OpCode.multi:
      return { op: opcode, results: readMultiResults(reader) };
    case OpCode.lineJoin:
    case OpCode.lineStatus:
      return {
        op: opcode,
        granted: reader.boolean(),
        node: reader.string(),
        token: reader.long(),
        position: reader.int(),
      };
    case OpCode.lineHolder:
      return {
        op: opcode,
        node: reader.string(),
        token: reader.long(),
        session: reader.bigLong(),
        data: reader.buffer(),
      };
    case OpCode.barrierEnter:
      return { op: opcode, opened: reader.long(), present: reader.int() };
    case OpCode.barrierLeave:
      return { op: opcode, opened: reader.long(), remaining: reader.int() };
    case OpCode.delete:
    case OpCode.check:
    case OpCode.ping:
    case OpCode.auth:
    case OpCode.setWatches:
    case OpCode.setNativeWatches:
    case OpCode.closeSession:
    case OpCode.lineLeave:
      return { op: opcode };
    default:
      throw new ProtocolError('UNKNOWN_OPCODE', `no answer is known for operation ${opcode}`);
  }
}

function writeMultiResult(writer: ByteWriter, result: MultiResult<StatFields>): void {
  writeMultiHeader(writer, result.op, false, result.op === OpCode.error ? result.error : ErrorNumber.OK);
  switch (result.op) {
    case OpCode.error:
      writer.int(result.error);
      return;
    case OpCode.create:
      writer.string(result.path);
      return;
    case OpCode.create2:
      writer.string(result.path);
      writeStat(writer, result.stat);
      return;
    case OpCode.setData:
      writeStat(writer, result.stat);
      return;
    case OpCode.delete:
    case OpCode.check:
      return;
    default:
      result satisfies never;
  }
}

function readMultiResults(reader: ByteReader): MultiResult[] {
  const results: MultiResult[] = [];
  for (;;) {
    const header = readMultiHeader(reader);
    if (header.done) return results;
    results.push(readMultiResult(header.type, reader));
  }
}

function readMultiResult(type: number, reader: ByteReader): MultiResult {
  switch (type) {
    case OpCode.error:
      return { op: type, error: reader.int() };
    case OpCode.create:
      return { op: type, path: reader.string() };
    case OpCode.create2:
      return { op: type, path: reader.string(), stat: readStat(reader) };
    case OpCode.setData:
      return { op: type, stat: readStat(reader) };
    case OpCode.delete:
    case OpCode.check:
      return { op: type };
    default:
      throw new ProtocolError('BAD_RECORD', `a multi result of type ${type}`);
  }
}

function writeString(writer: ByteWriter, value: string): void {
  writer.string(value);
}

function readString(reader: ByteReader): string {
  return reader.string();
}
