import { ByteReader, type ByteWriter, ProtocolError, unreachable, type Zxid } from '@conclave/protocol';
import { decodeMessage, encodeMessage, type ServerId, type ZabMessage } from '@conclave/zab';

/** The messages between two servers. Each pair of servers shares one stream. */
export type LinkMessage =
  | { readonly type: 'hello'; readonly ensemble: string; readonly from: ServerId; readonly to: ServerId }
  /** Sent on a link that has nothing else to send. */
  | { readonly type: 'alive' }
  | { readonly type: 'zab'; readonly message: ZabMessage }
  // To the leader.
  | { readonly type: 'forward'; readonly payloads: readonly Uint8Array[] }
  | { readonly type: 'attach'; readonly sessions: readonly SessionClaim[] }
  | {
      readonly type: 'revalidate';
      readonly request: number;
      readonly sessionId: number;
      readonly password: Uint8Array;
    }
  | { readonly type: 'readIndex'; readonly request: number }
  | { readonly type: 'touch'; readonly sessions: readonly number[] }
  // From the leader.
  | { readonly type: 'attached'; readonly barrier: Zxid; readonly moved: readonly number[] }
  | { readonly type: 'sessionUnknown'; readonly request: number }
  | { readonly type: 'readIndexed'; readonly request: number; readonly zxid: Zxid }
  | { readonly type: 'refused'; readonly sessionId: number; readonly xid: number; readonly error: number }
  | { readonly type: 'digest'; readonly zxid: Zxid; readonly digest: string }
  | { readonly type: 'snapshotBegin'; readonly zxid: Zxid }
  | { readonly type: 'snapshotChunk'; readonly bytes: Uint8Array }
  | { readonly type: 'snapshotEnd' };

/** The messages from a server to the desk of its leader. */
export type ToDesk = Extract<
  LinkMessage,
  { type: 'forward' | 'attach' | 'revalidate' | 'readIndex' | 'touch' }
>;

/** The messages from the leader's desk to the servers that are attached to it. */
export type FromDesk = Extract<
  LinkMessage,
  { type: 'attached' | 'sessionUnknown' | 'readIndexed' | 'refused' }
>;

/** A session whose connection a server has. Of two claims for one session the one with the greater `since` is newer. */
export interface SessionClaim {
  readonly id: number;
  /** The transaction by which the server got the session. */
  readonly since: Zxid;
}

const LINK_MAGIC = 0x434f4e43;
const LINK_VERSION = 2;

const TypeNumber = {
  hello: 0,
  zab: 1,
  forward: 2,
  attach: 3,
  revalidate: 4,
  readIndex: 5,
  touch: 6,
  attached: 7,
  sessionUnknown: 8,
  readIndexed: 9,
  refused: 10,
  digest: 11,
  snapshotBegin: 12,
  snapshotChunk: 13,
  snapshotEnd: 14,
  alive: 15,
} as const satisfies Record<LinkMessage['type'], number>;

/** Writes one frame, preceded by its length. */
export function writeLinkMessage(writer: ByteWriter, message: LinkMessage): void {
  const lengthAt = writer.reserveInt();
  const start = writer.length;
  writer.int(TypeNumber[message.type]);
  writeBody(writer, message);
  writer.setInt(lengthAt, writer.length - start);
}

function writeBody(writer: ByteWriter, message: LinkMessage): void {
  switch (message.type) {
    case 'hello':
      writer.int(LINK_MAGIC);
      writer.int(LINK_VERSION);
      writer.string(message.ensemble);
      writer.int(message.from);
      writer.int(message.to);
      return;
    case 'zab':
      encodeMessage(message.message, writer);
      return;
    case 'forward':
      writer.vector(message.payloads, (w, payload) => w.buffer(payload));
      return;
    case 'attach':
      writer.vector(message.sessions, (w, claim) => {
        w.long(claim.id);
        w.long(claim.since);
      });
      return;
    case 'revalidate':
      writer.long(message.request);
      writer.long(message.sessionId);
      writer.buffer(message.password);
      return;
    case 'readIndex':
      writer.long(message.request);
      return;
    case 'touch':
      writer.vector(message.sessions, (w, id) => w.long(id));
      return;
    case 'attached':
      writer.long(message.barrier);
      writer.vector(message.moved, (w, id) => w.long(id));
      return;
    case 'sessionUnknown':
      writer.long(message.request);
      return;
    case 'readIndexed':
      writer.long(message.request);
      writer.long(message.zxid);
      return;
    case 'refused':
      writer.long(message.sessionId);
      writer.long(message.xid);
      writer.int(message.error);
      return;
    case 'digest':
      writer.long(message.zxid);
      writer.string(message.digest);
      return;
    case 'snapshotBegin':
      writer.long(message.zxid);
      return;
    case 'snapshotChunk':
      writer.buffer(message.bytes);
      return;
    case 'snapshotEnd':
    case 'alive':
      return;
    default:
      unreachable(message);
  }
}

/**
 * Reads a frame's content. Throws `ProtocolError` if it is malformed or has bytes left over. Byte fields are views on
 * `frame`.
 */
export function readLinkMessage(frame: Uint8Array): LinkMessage {
  const reader = new ByteReader(frame);
  const message = readBody(reader.int(), reader);
  reader.end();
  return message;
}

function readBody(type: number, reader: ByteReader): LinkMessage {
  switch (type) {
    case TypeNumber.hello: {
      if (reader.int() !== LINK_MAGIC) throw new ProtocolError('BAD_RECORD', 'not a Conclave server');
      const version = reader.int();
      if (version !== LINK_VERSION) {
        throw new ProtocolError('BAD_RECORD', `link version ${version}; this server speaks ${LINK_VERSION}`);
      }
      return { type: 'hello', ensemble: reader.string(), from: reader.int(), to: reader.int() };
    }
    case TypeNumber.zab:
      return { type: 'zab', message: decodeMessage(reader) };
    case TypeNumber.forward:
      return { type: 'forward', payloads: reader.vector(4, mustBuffer) };
    case TypeNumber.attach:
      return { type: 'attach', sessions: reader.vector(16, (r) => ({ id: r.long(), since: zxid(r) })) };
    case TypeNumber.revalidate:
      return {
        type: 'revalidate',
        request: reader.long(),
        sessionId: reader.long(),
        password: mustBuffer(reader),
      };
    case TypeNumber.readIndex:
      return { type: 'readIndex', request: reader.long() };
    case TypeNumber.touch:
      return { type: 'touch', sessions: reader.vector(8, (r) => r.long()) };
    case TypeNumber.attached:
      return { type: 'attached', barrier: zxid(reader), moved: reader.vector(8, (r) => r.long()) };
    case TypeNumber.sessionUnknown:
      return { type: 'sessionUnknown', request: reader.long() };
    case TypeNumber.readIndexed:
      return { type: 'readIndexed', request: reader.long(), zxid: zxid(reader) };
    case TypeNumber.refused:
      return { type: 'refused', sessionId: reader.long(), xid: reader.long(), error: reader.int() };
    case TypeNumber.digest:
      return { type: 'digest', zxid: zxid(reader), digest: reader.string() };
    case TypeNumber.snapshotBegin:
      return { type: 'snapshotBegin', zxid: zxid(reader) };
    case TypeNumber.snapshotChunk:
      return { type: 'snapshotChunk', bytes: mustBuffer(reader) };
    case TypeNumber.snapshotEnd:
      return { type: 'snapshotEnd' };
    case TypeNumber.alive:
      return { type: 'alive' };
    default:
      throw new ProtocolError('BAD_RECORD', `unknown link message type ${type}`);
  }
}

function mustBuffer(reader: ByteReader): Uint8Array {
  const bytes = reader.buffer();
  if (bytes === null) throw new ProtocolError('BAD_RECORD', 'null where bytes were expected');
  return bytes;
}

function zxid(reader: ByteReader): Zxid {
  return reader.long() as Zxid;
}
