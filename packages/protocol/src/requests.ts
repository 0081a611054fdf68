import { type Acl, readAcl, writeAcl } from './acl.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { OpCode } from './opcodes.ts';
import { ProtocolError } from './protocol-error.ts';

/** The records a client sends, told apart by their opcode. */
export type Request = ReadRequest | WriteRequest | SessionRequest;

export interface CreateRequest {
  readonly op: typeof OpCode.create | typeof OpCode.create2;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** A `CreateFlag`. */
  readonly flags: number;
}
export interface DeleteRequest {
  readonly op: typeof OpCode.delete;
  readonly path: string;
  /** -1 for any. */
  readonly version: number;
}
export interface SetDataRequest {
  readonly op: typeof OpCode.setData;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly version: number;
}
/** Within `multi` only. */
export interface CheckRequest {
  readonly op: typeof OpCode.check;
  readonly path: string;
  readonly version: number;
}
export type MultiOperation = CreateRequest | DeleteRequest | SetDataRequest | CheckRequest;
export interface MultiRequest {
  readonly op: typeof OpCode.multi;
  readonly operations: readonly MultiOperation[];
}

/** Get in line at `path`; the contender is the ephemeral sequential node `path/prefix##########`. */
export interface LineJoinRequest {
  readonly op: typeof OpCode.lineJoin;
  readonly path: string;
  /** Unique for this contender, and recognised as a contender's name: see the tree's lines. */
  readonly prefix: string;
  readonly data: Uint8Array | null;
  /** False: do not wait; leave no node behind unless granted at once. */
  readonly wait: boolean;
}
export interface LineLeaveRequest {
  readonly op: typeof OpCode.lineLeave;
  readonly path: string;
  readonly prefix: string;
}
/** Come to the double barrier at `path` as `name`; it opens when `parties` have come. */
export interface BarrierEnterRequest {
  readonly op: typeof OpCode.barrierEnter;
  readonly path: string;
  readonly name: string;
  readonly parties: number;
  readonly data: Uint8Array | null;
}
export interface BarrierLeaveRequest {
  readonly op: typeof OpCode.barrierLeave;
  readonly path: string;
  readonly name: string;
}
export type UnguardedWrite =
  | CreateRequest
  | DeleteRequest
  | SetDataRequest
  | MultiRequest
  | LineJoinRequest
  | LineLeaveRequest
  | BarrierEnterRequest
  | BarrierLeaveRequest;
/** `write`, refused with GRANT_OVER unless `token` is the token of the contender at the head of the line at `path`. */
export interface GuardedRequest {
  readonly op: typeof OpCode.guarded;
  readonly path: string;
  readonly token: number;
  readonly write: UnguardedWrite;
}
/** What goes through agreement. */
export type WriteRequest = UnguardedWrite | GuardedRequest;

export interface PathWatchRequest {
  readonly op:
    | typeof OpCode.exists
    | typeof OpCode.getData
    | typeof OpCode.getChildren
    | typeof OpCode.getChildren2
    | typeof OpCode.lineHolder;
  readonly path: string;
  readonly watch: boolean;
}
export interface LineStatusRequest {
  readonly op: typeof OpCode.lineStatus;
  readonly path: string;
  readonly prefix: string;
}
export type ReadRequest = PathWatchRequest | LineStatusRequest;

export interface SyncRequest {
  readonly op: typeof OpCode.sync;
  readonly path: string;
}
export interface SetWatchesRequest {
  readonly op: typeof OpCode.setWatches;
  /** What the client had seen when it lost its connection: a watch whose node changed after it fires at once. */
  readonly relativeZxid: number;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
}
export interface SetNativeWatchesRequest {
  readonly op: typeof OpCode.setNativeWatches;
  readonly relativeZxid: number;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly holder: readonly string[];
}
export interface AuthRequest {
  readonly op: typeof OpCode.auth;
  readonly scheme: string;
  readonly auth: Uint8Array | null;
}
export interface BareRequest {
  readonly op: typeof OpCode.ping | typeof OpCode.closeSession;
}
export type SessionRequest =
  | SyncRequest
  | SetWatchesRequest
  | SetNativeWatchesRequest
  | AuthRequest
  | BareRequest;

const MULTI_OPERATIONS_MAX = 100_000;

/**
 * Reads the record that `opcode` announces, to its last byte. Throws `ProtocolError`: `UNKNOWN_OPCODE` for an opcode
 * that no client may send (ZooKeeper answers UNIMPLEMENTED and goes on), any other code for a record that is not what
 * was announced (ZooKeeper answers MARSHALLING_ERROR).
 */
export function readRequest(opcode: number, reader: ByteReader): Request {
  const request = readRecord(opcode, reader);
  reader.end();
  return request;
}

/** Writes the record without its header. */
export function writeRequest(writer: ByteWriter, request: Request | CheckRequest): void {
  switch (request.op) {
    case OpCode.create:
    case OpCode.create2:
      writer.string(request.path);
      writer.buffer(request.data);
      writeAcl(writer, request.acl);
      writer.int(request.flags);
      return;
    case OpCode.delete:
    case OpCode.check:
      writer.string(request.path);
      writer.int(request.version);
      return;
    case OpCode.setData:
      writer.string(request.path);
      writer.buffer(request.data);
      writer.int(request.version);
      return;
    case OpCode.multi:
      for (const operation of request.operations) {
        writeMultiHeader(writer, operation.op, false, -1);
        writeRequest(writer, operation);
      }
      writeMultiHeader(writer, -1, true, -1);
      return;
    case OpCode.guarded:
      writer.string(request.path);
      writer.long(request.token);
      writer.int(request.write.op);
      writeRequest(writer, request.write);
      return;
    case OpCode.lineJoin:
      writer.string(request.path);
      writer.string(request.prefix);
      writer.buffer(request.data);
      writer.boolean(request.wait);
      return;
    case OpCode.lineLeave:
    case OpCode.lineStatus:
      writer.string(request.path);
      writer.string(request.prefix);
      return;
    case OpCode.barrierEnter:
      writer.string(request.path);
      writer.string(request.name);
      writer.int(request.parties);
      writer.buffer(request.data);
      return;
    case OpCode.barrierLeave:
      writer.string(request.path);
      writer.string(request.name);
      return;
    case OpCode.exists:
    case OpCode.getData:
    case OpCode.getChildren:
    case OpCode.getChildren2:
    case OpCode.lineHolder:
      writer.string(request.path);
      writer.boolean(request.watch);
      return;
    case OpCode.sync:
      writer.string(request.path);
      return;
    case OpCode.setWatches:
    case OpCode.setNativeWatches:
      writer.long(request.relativeZxid);
      writer.vector(request.data, writeString);
      writer.vector(request.exist, writeString);
      writer.vector(request.child, writeString);
      if (request.op === OpCode.setNativeWatches) writer.vector(request.holder, writeString);
      return;
    case OpCode.auth:
      writer.int(0);
      writer.string(request.scheme);
      writer.buffer(request.auth);
      return;
    case OpCode.ping:
    case OpCode.closeSession:
      return;
    default:
      request satisfies never;
  }
}

export interface MultiHeader {
  readonly type: number;
  readonly done: boolean;
  readonly error: number;
}

export function writeMultiHeader(writer: ByteWriter, type: number, done: boolean, error: number): void {
  writer.int(type);
  writer.boolean(done);
  writer.int(error);
}

export function readMultiHeader(reader: ByteReader): MultiHeader {
  return { type: reader.int(), done: reader.boolean(), error: reader.int() };
}

function readRecord(opcode: number, reader: ByteReader): Request {
  switch (opcode) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.delete:
    case OpCode.setData:
    case OpCode.multi:
    case OpCode.lineJoin:
    case OpCode.lineLeave:
    case OpCode.barrierEnter:
    case OpCode.barrierLeave:
      return readUnguardedWrite(opcode, reader);
    case OpCode.guarded: {
      const path = reader.string();
      const token = reader.long();
      return { op: opcode, path, token, write: readUnguardedWrite(reader.int(), reader) };
    }
    case OpCode.exists:
    case OpCode.getData:
    case OpCode.getChildren:
    case OpCode.getChildren2:
    case OpCode.lineHolder:
      return { op: opcode, path: reader.string(), watch: reader.boolean() };
    case OpCode.lineStatus:
      return { op: opcode, path: reader.string(), prefix: reader.string() };
    case OpCode.sync:
      return { op: opcode, path: reader.string() };
    case OpCode.setWatches:
      return {
        op: opcode,
        relativeZxid: reader.long(),
        data: reader.vector(4, readString),
        exist: reader.vector(4, readString),
        child: reader.vector(4, readString),
      };
    case OpCode.setNativeWatches:
      return {
        op: opcode,
        relativeZxid: reader.long(),
        data: reader.vector(4, readString),
        exist: reader.vector(4, readString),
        child: reader.vector(4, readString),
        holder: reader.vector(4, readString),
      };
    case OpCode.auth:
      reader.int();
      return { op: opcode, scheme: reader.string(), auth: reader.buffer() };
    case OpCode.ping:
    case OpCode.closeSession:
      return { op: opcode };
    default:
      throw new ProtocolError('UNKNOWN_OPCODE', `no such operation: ${opcode}`);
  }
}

function readUnguardedWrite(opcode: number, reader: ByteReader): UnguardedWrite {
  switch (opcode) {
    case OpCode.multi:
      return { op: opcode, operations: readMultiOperations(reader) };
    case OpCode.lineJoin:
      return {
        op: opcode,
        path: reader.string(),
        prefix: reader.string(),
        data: reader.buffer(),
        wait: reader.boolean(),
      };
    case OpCode.lineLeave:
      return { op: opcode, path: reader.string(), prefix: reader.string() };
    case OpCode.barrierEnter:
      return {
        op: opcode,
        path: reader.string(),
        name: reader.string(),
        parties: reader.int(),
        data: reader.buffer(),
      };
    case OpCode.barrierLeave:
      return { op: opcode, path: reader.string(), name: reader.string() };
    default: {
      const operation = readMultiOperation(opcode, reader);
      // ZooKeeper knows `check` within multi only.
      if (operation.op === OpCode.check) throw misplaced(opcode);
      return operation;
    }
  }
}

function readMultiOperations(reader: ByteReader): MultiOperation[] {
  const operations: MultiOperation[] = [];
  for (;;) {
    const header = readMultiHeader(reader);
    if (header.done) return operations;
    if (operations.length === MULTI_OPERATIONS_MAX) {
      throw new ProtocolError('BAD_RECORD', `a multi of more than ${MULTI_OPERATIONS_MAX} operations`);
    }
    operations.push(readMultiOperation(header.type, reader));
  }
}

function readMultiOperation(opcode: number, reader: ByteReader): MultiOperation {
  switch (opcode) {
    case OpCode.create:
    case OpCode.create2:
      return {
        op: opcode,
        path: reader.string(),
        data: reader.buffer(),
        acl: readAcl(reader),
        flags: reader.int(),
      };
    case OpCode.delete:
    case OpCode.check:
      return { op: opcode, path: reader.string(), version: reader.int() };
    case OpCode.setData:
      return { op: opcode, path: reader.string(), data: reader.buffer(), version: reader.int() };
    default:
      throw misplaced(opcode);
  }
}

function misplaced(opcode: number): ProtocolError {
  return new ProtocolError('BAD_RECORD', `operation ${opcode} where only a write may stand`);
}

function writeString(writer: ByteWriter, value: string): void {
  writer.string(value);
}

function readString(reader: ByteReader): string {
  return reader.string();
}
