import { readAcl, writeAcl } from './acl.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { unreachable } from './invariant.ts';
import { OpCode } from './opcodes.ts';
import { ProtocolError } from './protocol-error.ts';
import type { MultiOperation, MultiReadOperation } from './requests.ts';

const OPERATIONS_MAX = 100_000;

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

/** The header that ends the operations and the results. */
export function writeMultiEnd(writer: ByteWriter): void {
  writeMultiHeader(writer, -1, true, -1);
}

export function writeMultiOperations(
  writer: ByteWriter,
  operations: readonly (MultiOperation | MultiReadOperation)[],
): void {
  for (const operation of operations) {
    writeMultiHeader(writer, operation.op, false, -1);
    writeOperation(writer, operation);
  }
  writeMultiEnd(writer);
}

export function readMultiOperations<T>(
  reader: ByteReader,
  readOne: (opcode: number, reader: ByteReader) => T,
): T[] {
  const operations: T[] = [];
  for (;;) {
    const header = readMultiHeader(reader);
    if (header.done) return operations;
    if (operations.length === OPERATIONS_MAX) {
      throw new ProtocolError('BAD_RECORD', `a multi of more than ${OPERATIONS_MAX} operations`);
    }
    operations.push(readOne(header.type, reader));
  }
}

/** Writes the record of an operation that may stand in a `multi` or a `multiRead`. */
export function writeOperation(writer: ByteWriter, operation: MultiOperation | MultiReadOperation): void {
  writer.string(operation.path);
  switch (operation.op) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      writer.buffer(operation.data);
      writeAcl(writer, operation.acl);
      writer.int(operation.flags);
      if (operation.op === OpCode.createTTL) writer.long(operation.ttl);
      return;
    case OpCode.delete:
    case OpCode.check:
      writer.int(operation.version);
      return;
    case OpCode.setData:
      writer.buffer(operation.data);
      writer.int(operation.version);
      return;
    case OpCode.getData:
    case OpCode.getChildren:
      writer.boolean(operation.watch);
      return;
    default:
      unreachable(operation);
  }
}

export function readMultiOperation(opcode: number, reader: ByteReader): MultiOperation {
  switch (opcode) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      return {
        op: opcode,
        path: reader.string(),
        data: reader.buffer(),
        acl: readAcl(reader),
        flags: reader.int(),
      };
    case OpCode.createTTL:
      return {
        op: opcode,
        path: reader.string(),
        data: reader.buffer(),
        acl: readAcl(reader),
        flags: reader.int(),
        ttl: reader.clampedLong(),
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

export function readMultiReadOperation(opcode: number, reader: ByteReader): MultiReadOperation {
  if (opcode !== OpCode.getData && opcode !== OpCode.getChildren) throw misplaced(opcode);
  return { op: opcode, path: reader.string(), watch: reader.boolean() };
}

export function misplaced(opcode: number): ProtocolError {
  return new ProtocolError('BAD_RECORD', `operation ${opcode} where it may not stand`);
}
