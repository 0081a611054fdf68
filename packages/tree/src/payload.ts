import {
  ByteReader,
  ByteWriter,
  isWriteRequest,
  OpCode,
  ProtocolError,
  readRequest,
  writeRequest,
  type Zxid,
} from '@conclave/protocol';
import { CREDENTIAL_FLAGS, type EncodedCredentials, readCredentials } from './access/credentials.ts';
import type { Command, SessionCommand, Txn } from './txn.ts';

/**
 * The format of a transaction in the log. A fixed header comes first, so that the leader can fill in the time without
 * decoding. Then come the credentials of the connection, if it has any, and the record as the client sent it:
 *
 *     time 8 · origin 4 · session 8 · xid 8 · confirmed 8 · flags 4 · opcode 4 · credentials · record
 */
export const PAYLOAD_HEADER_BYTES = 44;

export interface PayloadFields {
  readonly origin: number;
  readonly sessionId: number;
  readonly xid: number;
  readonly confirmed: number;
  readonly native: boolean;
  readonly opcode: number;
  /** The credentials of the connection that asks; default: none. */
  readonly credentials?: EncodedCredentials | undefined;
  /** Whether a hard quota may refuse the write; default: true. */
  readonly quotasEnforced?: boolean | undefined;
}

/** Encodes the payload of a request. Its time is 0 until the leader stamps it. */
export function encodePayload(fields: PayloadFields, record: Uint8Array): Uint8Array {
  const { credentials } = fields;
  const recordAt = PAYLOAD_HEADER_BYTES + (credentials === undefined ? 0 : credentials.bytes.length);
  const payload = new Uint8Array(recordAt + record.length);
  setInt(payload, ORIGIN_AT, fields.origin);
  setLong(payload, SESSION_AT, fields.sessionId);
  setLong(payload, XID_AT, fields.xid);
  setLong(payload, CONFIRMED_AT, fields.confirmed);
  setInt(payload, FLAGS_AT, flagsOf(fields));
  setInt(payload, OPCODE_AT, fields.opcode);
  if (credentials !== undefined) payload.set(credentials.bytes, PAYLOAD_HEADER_BYTES);
  payload.set(record, recordAt);
  return payload;
}

/** Does the same as `encodePayload`, from a command instead of the bytes that a client sent. */
export function encodeCommand(fields: Omit<PayloadFields, 'opcode'>, command: Command): Uint8Array {
  const writer = new ByteWriter(1024);
  writeCommand(writer, command);
  return encodePayload({ ...fields, opcode: command.op }, writer.view());
}

/** Fills in the leader's time, in milliseconds since 1970, in place. */
export function stampTime(payload: Uint8Array, time: number): void {
  setLong(payload, TIME_AT, time);
}

/** Reads the sender of a payload without decoding its record. `payload` has at least its header. */
export function peekPayload(payload: Uint8Array): {
  origin: number;
  sessionId: number;
  xid: number;
  opcode: number;
} {
  return {
    origin: getInt(payload, ORIGIN_AT),
    sessionId: getLong(payload, SESSION_AT),
    xid: getLong(payload, XID_AT),
    opcode: getInt(payload, OPCODE_AT),
  };
}

/** Throws `ProtocolError`. Requests are validated before they are proposed, so an error here is a broken invariant. */
export function decodePayload(zxid: Zxid, payload: Uint8Array): Txn {
  const reader = new ByteReader(payload);
  const time = reader.long();
  const origin = reader.int();
  const sessionId = reader.long();
  const xid = reader.long();
  const confirmed = reader.long();
  const flags = reader.int();
  const opcode = reader.int();
  if (sessionId < 0 || time < 0 || (flags & ~KNOWN_FLAGS) !== 0) {
    throw new ProtocolError('BAD_RECORD', 'a transaction with an impossible header');
  }
  const credentials = readCredentials(flags, reader);
  const command = readCommand(opcode, reader);
  const native = (flags & FLAG_NATIVE) !== 0;
  const quotasEnforced = (flags & FLAG_QUOTAS_OFF) === 0;
  return { zxid, time, origin, sessionId, xid, confirmed, native, credentials, quotasEnforced, command };
}

const TIME_AT = 0;
const ORIGIN_AT = 8;
const SESSION_AT = 12;
const XID_AT = 20;
const CONFIRMED_AT = 28;
const FLAGS_AT = 36;
const OPCODE_AT = 40;
const FLAG_NATIVE = 1;
const FLAG_QUOTAS_OFF = 1 << 4;
const KNOWN_FLAGS = FLAG_NATIVE | FLAG_QUOTAS_OFF | CREDENTIAL_FLAGS;
const TWO_32 = 2 ** 32;

function flagsOf({ native, credentials, quotasEnforced }: PayloadFields): number {
  let flags = native ? FLAG_NATIVE : 0;
  if (credentials !== undefined) flags |= credentials.flags;
  if (quotasEnforced === false) flags |= FLAG_QUOTAS_OFF;
  return flags;
}

function writeCommand(writer: ByteWriter, command: Command): void {
  switch (command.op) {
    case OpCode.createSession:
      writer.int(command.timeoutMs);
      writer.boolean(command.native);
      writer.buffer(command.password);
      return;
    case OpCode.closeSession:
      writer.boolean(command.reason === 'expired');
      return;
    case OpCode.moveSession:
      return;
    case OpCode.deleteContainer:
      writer.string(command.path);
      writer.long(command.czxid);
      writer.long(command.neverUsedMs);
      return;
    default:
      writeRequest(writer, command);
  }
}

function readCommand(opcode: number, reader: ByteReader): Command {
  if (opcode === OpCode.createSession || opcode === OpCode.closeSession || opcode === OpCode.moveSession) {
    const command = readSessionCommand(opcode, reader);
    reader.end();
    return command;
  }
  if (opcode === OpCode.deleteContainer) {
    const path = reader.string();
    const command = { op: opcode, path, czxid: reader.long() as Zxid, neverUsedMs: reader.long() };
    reader.end();
    return command;
  }
  const request = readRequest(opcode, reader);
  if (isWriteRequest(request)) return request;
  throw new ProtocolError('UNKNOWN_OPCODE', `operation ${opcode} is no write`);
}

function readSessionCommand(op: SessionCommand['op'], reader: ByteReader): SessionCommand {
  if (op === OpCode.moveSession) return { op };
  if (op === OpCode.closeSession) return { op, reason: reader.boolean() ? 'expired' : 'client' };
  const timeoutMs = reader.int();
  const native = reader.boolean();
  return { op, timeoutMs, native, password: reader.buffer() ?? new Uint8Array(0) };
}

// The header is read and written byte by byte, because a DataView would have to be made for every payload.

function setInt(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function setLong(bytes: Uint8Array, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`);
  setInt(bytes, at, Math.floor(value / TWO_32));
  setInt(bytes, at + 4, value | 0);
}

function getInt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}

function getLong(bytes: Uint8Array, at: number): number {
  return getInt(bytes, at) * TWO_32 + (getInt(bytes, at + 4) >>> 0);
}
