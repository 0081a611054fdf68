import { readAcl, writeAcl } from './acl.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { ErrorNumber } from './error-codes.ts';
import type { Identity } from './identity.ts';
import { readMultiHeader, writeMultiEnd, writeMultiHeader } from './multi-record.ts';
import { OpCode } from './opcodes.ts';
import { ProtocolError } from './protocol-error.ts';
import type { EmptyResponse, MultiReadResult, MultiResult, Response, WatcherEvent } from './responses.ts';
import { readStat, type StatFields, writeStat } from './stat.ts';

/** Writes the record of an event without its header. */
export function writeWatcherEvent(writer: ByteWriter, event: WatcherEvent): void {
  writer.int(event.type);
  writer.int(event.state);
  writer.string(event.path);
}

/** Reads the record of an event to its last byte. */
export function readWatcherEvent(reader: ByteReader): WatcherEvent {
  const event = { type: reader.int(), state: reader.int(), path: reader.string() };
  reader.end();
  return event;
}

/**
 * Writes the record of a reply. `hidesKinds` is for ZooKeeper's clients: as ZooKeeper's servers do, it hides from them
 * that a node is a container or has a time to live.
 */
export function writeResponse(writer: ByteWriter, response: Response<StatFields>, hidesKinds = false): void {
  switch (response.op) {
    case OpCode.create:
    case OpCode.sync:
      writer.string(response.path);
      return;
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      writer.string(response.path);
      writeStat(writer, response.stat, hidesKinds);
      return;
    case OpCode.setData:
    case OpCode.setACL:
    case OpCode.exists:
      writeStat(writer, response.stat, hidesKinds);
      return;
    case OpCode.getData:
    case OpCode.reconfig:
      writer.buffer(response.data);
      writeStat(writer, response.stat, hidesKinds);
      return;
    case OpCode.getChildren:
      writer.vector(response.children, writeString);
      return;
    case OpCode.getChildren2:
      writer.vector(response.children, writeString);
      writeStat(writer, response.stat, hidesKinds);
      return;
    case OpCode.listChildren:
      writer.vector(response.children, writeString);
      writer.boolean(response.more);
      writeStat(writer, response.stat, hidesKinds);
      return;
    case OpCode.getAllChildrenNumber:
      writer.int(response.total);
      return;
    case OpCode.getEphemerals:
      writer.vector(response.ephemerals, writeString);
      return;
    case OpCode.getACL:
      writeAcl(writer, response.acl);
      writeStat(writer, response.stat, hidesKinds);
      return;
    case OpCode.multi:
    case OpCode.multiRead:
      for (const result of response.results) writeMultiResult(writer, result, hidesKinds);
      writeMultiEnd(writer);
      return;
    case OpCode.whoAmI:
      writer.vector(response.identities, writeIdentity);
      return;
    case OpCode.sasl:
      writer.buffer(response.token);
      return;
    case OpCode.addWatch:
      // An ErrorResponse that says 0: ZooKeeper writes it, and its clients read it.
      writer.int(ErrorNumber.OK);
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
    default:
      response satisfies EmptyResponse;
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
    case OpCode.createContainer:
    case OpCode.createTTL:
      return { op: opcode, path: reader.string(), stat: readStat(reader) };
    case OpCode.setData:
    case OpCode.setACL:
    case OpCode.exists:
      return { op: opcode, stat: readStat(reader) };
    case OpCode.getData:
    case OpCode.reconfig:
      return { op: opcode, data: reader.buffer(), stat: readStat(reader) };
    case OpCode.getChildren:
      return { op: opcode, children: reader.vector(4, readString) };
    case OpCode.getChildren2:
      return { op: opcode, children: reader.vector(4, readString), stat: readStat(reader) };
    case OpCode.listChildren:
      return {
        op: opcode,
        children: reader.vector(4, readString),
        more: reader.boolean(),
        stat: readStat(reader),
      };
    case OpCode.getAllChildrenNumber:
      return { op: opcode, total: reader.int() };
    case OpCode.getEphemerals:
      return { op: opcode, ephemerals: reader.vector(4, readString) };
    case OpCode.getACL:
      return { op: opcode, acl: readAcl(reader), stat: readStat(reader) };
    case OpCode.multi:
      return { op: opcode, results: readMultiResults(reader, readMultiResult) };
    case OpCode.multiRead:
      return { op: opcode, results: readMultiResults(reader, readMultiReadResult) };
    case OpCode.whoAmI:
      return { op: opcode, identities: reader.vector(8, readIdentity) };
    case OpCode.sasl:
      return { op: opcode, token: reader.buffer() };
    case OpCode.addWatch:
      reader.int();
      return { op: opcode };
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
    case OpCode.setWatches2:
    case OpCode.setNativeWatches:
    case OpCode.checkWatches:
    case OpCode.removeWatches:
    case OpCode.closeSession:
    case OpCode.lineLeave:
      return { op: opcode };
    default:
      throw new ProtocolError('UNKNOWN_OPCODE', `no answer is known for operation ${opcode}`);
  }
}

function writeMultiResult(
  writer: ByteWriter,
  result: MultiResult<StatFields> | MultiReadResult<StatFields>,
  hidesKinds: boolean,
): void {
  writeMultiHeader(writer, result.op, false, result.op === OpCode.error ? result.error : ErrorNumber.OK);
  if (result.op === OpCode.error) writer.int(result.error);
  else writeResponse(writer, result, hidesKinds);
}

function readMultiResults<T>(reader: ByteReader, readOne: (type: number, reader: ByteReader) => T): T[] {
  const results: T[] = [];
  for (;;) {
    const header = readMultiHeader(reader);
    if (header.done) return results;
    results.push(readOne(header.type, reader));
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

function readMultiReadResult(type: number, reader: ByteReader): MultiReadResult {
  switch (type) {
    case OpCode.error:
      return { op: type, error: reader.int() };
    case OpCode.getData:
      return { op: type, data: reader.buffer(), stat: readStat(reader) };
    case OpCode.getChildren:
      return { op: type, children: reader.vector(4, readString) };
    default:
      throw new ProtocolError('BAD_RECORD', `a multiRead result of type ${type}`);
  }
}

function writeIdentity(writer: ByteWriter, identity: Identity): void {
  writer.string(identity.scheme);
  writer.string(identity.id);
}

function readIdentity(reader: ByteReader): Identity {
  return { scheme: reader.string(), id: reader.string() };
}

function writeString(writer: ByteWriter, value: string): void {
  writer.string(value);
}

function readString(reader: ByteReader): string {
  return reader.string();
}
