import {
  ByteReader,
  ByteWriter,
  isOpenAcl,
  type MultiResult,
  OPEN_ACL,
  OpCode,
  ProtocolError,
  type Response,
  readAcl,
  readResponse,
  type StatFields,
  toZxid,
  writeAcl,
  writeResponse,
  type Zxid,
} from '@conclave/protocol';
import type { SharedAcl } from './access/acl-table.ts';
import type { Answer } from './answers.ts';
import type { CheckpointRow, Row } from './checkpoint.ts';
import { dataOf } from './data-arena.ts';
import { SESSION_KEY, Session } from './session.ts';
import { ZNODE_KEY, Znode } from './znode.ts';
import { ZnodeRole } from './znode-role.ts';

/** The totals of all rows. */
export interface Meta {
  readonly zxid: Zxid;
  readonly digest: string;
  readonly nodeCount: number;
  readonly sessionCount: number;
}
export const META_KEY = 'm';

/** The format version at the start of each row. */
const FORMAT = 1;

const writer = new ByteWriter(1024);
const answerWriter = new ByteWriter(1024);

export function encodeRow(row: Row): CheckpointRow {
  writer.reset();
  writer.int(FORMAT);
  if (row instanceof Znode) writeZnode(row);
  else if (row instanceof Session) writeSession(row);
  return { key: row.rowKey(), value: writer.take() };
}

export function encodeMeta(meta: Meta): CheckpointRow {
  writer.reset();
  writer.int(FORMAT);
  writer.long(meta.zxid);
  writer.string(meta.digest);
  writer.int(meta.nodeCount);
  writer.int(meta.sessionCount);
  return { key: META_KEY, value: writer.take() };
}

/** Throws `ProtocolError` or `RangeError`. */
export function decodeMeta(value: Uint8Array): Meta {
  const reader = openRow(value);
  const zxid = toZxid(reader.long());
  const meta = { zxid, digest: reader.string(), nodeCount: reader.int(), sessionCount: reader.int() };
  reader.end();
  return meta;
}

function writeZnode(node: Znode): void {
  const { list } = node.acl;
  const isOpen = isOpenAcl(list);
  writer.int(node.role | (isOpen ? OPEN_FLAG : 0));
  writer.long(node.czxid);
  writer.long(node.mzxid);
  writer.long(node.pzxid);
  writer.long(node.ctime);
  writer.long(node.mtime);
  writer.int(node.version);
  writer.int(node.childCreates);
  writer.int(node.aversion);
  writer.long(node.owner);
  if (!isOpen) writeAcl(writer, list);
  writer.buffer(dataOf(node));
}

/** Throws `ProtocolError` or `RangeError`. The data is a view of `value`. */
export function decodeZnode(
  key: string,
  value: Uint8Array,
  acquireAcl: (list: typeof OPEN_ACL) => SharedAcl,
): { readonly node: Znode; readonly data: Uint8Array | null } {
  const reader = openRow(value);
  const flags = reader.int();
  const role = roleOf(flags & ~OPEN_FLAG);
  const czxid = toZxid(reader.long());
  const mzxid = toZxid(reader.long());
  const pzxid = toZxid(reader.long());
  const ctime = reader.long();
  const mtime = reader.long();
  const version = reader.int();
  const childCreates = reader.int();
  const aversion = reader.int();
  const owner = reader.long();
  const acl = acquireAcl((flags & OPEN_FLAG) !== 0 ? OPEN_ACL : readAcl(reader));
  const node = new Znode(key.slice(ZNODE_KEY.length), undefined, acl, czxid, ctime, owner, role);
  node.mzxid = mzxid;
  node.pzxid = pzxid;
  node.mtime = mtime;
  node.version = version;
  node.childCreates = childCreates;
  node.aversion = aversion;
  const data = reader.buffer();
  reader.end();
  return { node, data };
}

function writeSession(session: Session): void {
  writer.int(session.timeoutMs);
  writer.boolean(session.native);
  writer.buffer(session.password);
  writer.long(session.answers.lastXid);
  writer.long(session.answers.confirmed);
  writer.int(session.answers.size);
  for (const [xid, answer] of session.answers.entries()) {
    writer.long(xid);
    writer.int(answer.error);
    writer.boolean(answer.response !== undefined);
    if (answer.response !== undefined) {
      answerWriter.reset();
      writeResponse(answerWriter, answer.response);
      writer.int(answer.response.op);
      writer.buffer(answerWriter.view());
    }
  }
}

/** Throws `ProtocolError` or `RangeError`. */
export function decodeSession(key: string, value: Uint8Array): Session {
  const reader = openRow(value);
  const timeoutMs = reader.int();
  const native = reader.boolean();
  const password = reader.buffer()?.slice() ?? new Uint8Array(0);
  const id = toZxid(Number(key.slice(SESSION_KEY.length)));
  const session = new Session(id, timeoutMs, password, native);
  const { answers } = session;
  const lastXid = reader.long();
  answers.confirm(reader.long());
  for (let left = reader.int(); left > 0; left--) {
    const xid = reader.long();
    answers.remember(xid, readAnswer(reader));
  }
  answers.lastXid = lastXid;
  reader.end();
  return session;
}

function readAnswer(reader: ByteReader): Answer {
  const error = reader.int();
  if (!reader.boolean()) return { error, response: undefined };
  const op = reader.int();
  const response = readResponse(op, new ByteReader(reader.buffer() ?? new Uint8Array(0)));
  return { error, response: withNumberOwners(response) };
}

/** Session ids are numbers in the tree, and 64-bit integers on the wire. */
function withNumberOwners(response: Response): Response<StatFields> {
  if (response.op === OpCode.multi)
    return { op: response.op, results: response.results.map(withNumberOwner) };
  if ('stat' in response) return { ...response, stat: numberOwner(response.stat) };
  return response;
}

function withNumberOwner(result: MultiResult): MultiResult<StatFields> {
  return 'stat' in result ? { ...result, stat: numberOwner(result.stat) } : result;
}

function numberOwner(stat: StatFields): StatFields {
  const owner = Number(stat.ephemeralOwner);
  return { ...stat, ephemeralOwner: owner >= 0 ? owner : stat.ephemeralOwner };
}

const OPEN_FLAG = 1 << 8;

function openRow(value: Uint8Array): ByteReader {
  const reader = new ByteReader(value);
  const format = reader.int();
  if (format !== FORMAT) throw new ProtocolError('BAD_RECORD', `a row of format ${format}`);
  return reader;
}

function roleOf(value: number): ZnodeRole {
  for (const role of Object.values(ZnodeRole)) if (role === value) return role;
  throw new ProtocolError('BAD_RECORD', `a znode of role ${value}`);
}
