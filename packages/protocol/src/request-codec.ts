import { readAcl, writeAcl } from './acl.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { unreachable } from './invariant.ts';
import {
  misplaced,
  readMultiOperation,
  readMultiOperations,
  readMultiReadOperation,
  writeMultiOperations,
  writeOperation,
} from './multi-record.ts';
import { OpCode } from './opcodes.ts';
import { ProtocolError } from './protocol-error.ts';
import type { CheckRequest, Request, UnguardedWrite } from './requests.ts';

/**
 * Reads the record that `opcode` announces, to its last byte. Throws `ProtocolError`: `UNKNOWN_OPCODE` for an opcode
 * that no client may send (ZooKeeper answers UNIMPLEMENTED and closes), and another code for a record that does not fit
 * its opcode (ZooKeeper answers MARSHALLING_ERROR and goes on).
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
    case OpCode.createContainer:
    case OpCode.createTTL:
    case OpCode.delete:
    case OpCode.check:
    case OpCode.setData:
      writeOperation(writer, request);
      return;
    case OpCode.setACL:
      writer.string(request.path);
      writeAcl(writer, request.acl);
      writer.int(request.version);
      return;
    case OpCode.multi:
    case OpCode.multiRead:
      writeMultiOperations(writer, request.operations);
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
    case OpCode.listChildren:
      writer.string(request.path);
      writer.string(request.after);
      writer.int(request.limit);
      writer.boolean(request.watch);
      return;
    case OpCode.sync:
    case OpCode.getACL:
    case OpCode.getAllChildrenNumber:
    case OpCode.getEphemerals:
      writer.string(request.path);
      return;
    case OpCode.setWatches:
    case OpCode.setWatches2:
    case OpCode.setNativeWatches:
      writer.long(request.relativeZxid);
      writer.vector(request.data, writeString);
      writer.vector(request.exist, writeString);
      writer.vector(request.child, writeString);
      if (request.op === OpCode.setWatches) return;
      writer.vector(request.persistent, writeString);
      writer.vector(request.persistentRecursive, writeString);
      if (request.op === OpCode.setNativeWatches) writer.vector(request.holder, writeString);
      return;
    case OpCode.addWatch:
      writer.string(request.path);
      writer.int(request.mode);
      return;
    case OpCode.checkWatches:
    case OpCode.removeWatches:
      writer.string(request.path);
      writer.int(request.type);
      return;
    case OpCode.auth:
      writer.int(0);
      writer.string(request.scheme);
      writer.buffer(request.auth);
      return;
    case OpCode.sasl:
      writer.buffer(request.token);
      return;
    case OpCode.reconfig:
      writer.string(request.joiningServers);
      writer.string(request.leavingServers);
      writer.string(request.newMembers);
      writer.long(request.currentConfig);
      return;
    case OpCode.whoAmI:
    case OpCode.ping:
    case OpCode.closeSession:
      return;
    default:
      unreachable(request);
  }
}

function readRecord(opcode: number, reader: ByteReader): Request {
  switch (opcode) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
    case OpCode.delete:
    case OpCode.setData:
    case OpCode.setACL:
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
    case OpCode.multiRead:
      return { op: opcode, operations: readMultiOperations(reader, readMultiReadOperation) };
    case OpCode.listChildren:
      return {
        op: opcode,
        path: reader.string(),
        after: reader.string(),
        limit: reader.int(),
        watch: reader.boolean(),
      };
    case OpCode.lineStatus:
      return { op: opcode, path: reader.string(), prefix: reader.string() };
    case OpCode.sync:
    case OpCode.getACL:
    case OpCode.getAllChildrenNumber:
    case OpCode.getEphemerals:
      return { op: opcode, path: reader.string() };
    case OpCode.setWatches:
      return { op: opcode, ...readOneShotWatches(reader) };
    case OpCode.setWatches2:
      return { op: opcode, ...readOneShotWatches(reader), ...readPersistentWatches(reader) };
    case OpCode.setNativeWatches:
      return {
        op: opcode,
        ...readOneShotWatches(reader),
        ...readPersistentWatches(reader),
        holder: readStrings(reader),
      };
    case OpCode.addWatch:
      return { op: opcode, path: reader.string(), mode: reader.int() };
    case OpCode.checkWatches:
    case OpCode.removeWatches:
      return { op: opcode, path: reader.string(), type: reader.int() };
    case OpCode.auth:
      reader.int();
      return { op: opcode, scheme: reader.string(), auth: reader.buffer() };
    case OpCode.sasl:
      return { op: opcode, token: reader.buffer() };
    case OpCode.reconfig:
      return {
        op: opcode,
        joiningServers: reader.string(),
        leavingServers: reader.string(),
        newMembers: reader.string(),
        currentConfig: reader.clampedLong(),
      };
    case OpCode.whoAmI:
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
      return { op: opcode, operations: readMultiOperations(reader, readMultiOperation) };
    case OpCode.setACL:
      return { op: opcode, path: reader.string(), acl: readAcl(reader), version: reader.int() };
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
      // ZooKeeper has `check` within a multi only.
      if (operation.op === OpCode.check) throw misplaced(opcode);
      return operation;
    }
  }
}

function readOneShotWatches(reader: ByteReader) {
  return {
    relativeZxid: reader.long(),
    data: readStrings(reader),
    exist: readStrings(reader),
    child: readStrings(reader),
  };
}

function readPersistentWatches(reader: ByteReader) {
  return { persistent: readStrings(reader), persistentRecursive: readStrings(reader) };
}

function readStrings(reader: ByteReader): string[] {
  return reader.vector(4, readString);
}

function writeString(writer: ByteWriter, value: string): void {
  writer.string(value);
}

function readString(reader: ByteReader): string {
  return reader.string();
}
