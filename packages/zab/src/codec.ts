import {
  type ByteReader,
  type ByteWriter,
  COUNTER_MAX,
  counterOf,
  EPOCH_MAX,
  epochOf,
  ProtocolError,
  unreachable,
  type Zxid,
} from '@conclave/protocol';
import { type Entry, SERVER_ID_MAX, type ServerId } from './entry.ts';
import type { Credentials, Notification, Proposal, ZabMessage } from './messages.ts';

/** The numbers of the messages on the wire. */
const TAG = {
  notification: 1,
  'follower-info': 2,
  'leader-info': 3,
  'ack-epoch': 4,
  diff: 5,
  trunc: 6,
  snap: 7,
  'new-leader': 8,
  'ack-new-leader': 9,
  'up-to-date': 10,
  proposal: 11,
  ack: 12,
  commit: 13,
  ping: 14,
  pong: 15,
  'new-epoch': 16,
  'ack-new-epoch': 17,
  dismiss: 18,
} as const satisfies Record<ZabMessage['type'], number>;

const TYPES = new Map(Object.entries(TAG).map(([type, tag]) => [tag as number, type as ZabMessage['type']]));
const ROLES = ['looking', 'following', 'leading'] as const;
const ZXID_BYTES = 8;
const LENGTH_BYTES = 4;

/** Appends one message. A reader learns its end from the frame around it. */
export function encodeMessage(message: ZabMessage, writer: ByteWriter): void {
  writer.int(TAG[message.type]);
  switch (message.type) {
    case 'notification':
      writer.int(ROLES.indexOf(message.role));
      writer.int(message.round);
      writer.int(message.leader);
      writer.int(message.epoch);
      writer.boolean(message.electable);
      writeCredentials(writer, message);
      return;
    case 'follower-info':
      writer.int(message.attempt);
      writeCredentials(writer, message);
      return;
    case 'leader-info':
      writer.int(message.attempt);
      writer.int(message.epoch);
      writer.boolean(message.promise);
      return;
    case 'ack-epoch':
      writer.int(message.epoch);
      writer.boolean(message.promised);
      writer.int(message.currentEpoch);
      writer.int(message.tails.length);
      for (const tail of message.tails) writer.long(tail);
      return;
    case 'diff':
    case 'trunc':
      writer.int(message.epoch);
      writer.long(message.after);
      return;
    case 'snap':
    case 'new-leader':
      writer.int(message.epoch);
      return;
    case 'ack-new-leader':
    case 'ack':
    case 'commit':
      writer.int(message.epoch);
      writer.long(message.zxid);
      return;
    case 'up-to-date':
      writer.int(message.epoch);
      writer.long(message.committed);
      return;
    case 'proposal':
      writeProposal(writer, message);
      return;
    case 'ping':
    case 'pong':
      writer.int(message.epoch);
      writer.long(message.round);
      return;
    case 'new-epoch':
      writer.int(message.epoch);
      writer.int(message.next);
      return;
    case 'ack-new-epoch':
      writer.int(message.next);
      return;
    case 'dismiss':
      writer.int(message.attempt);
      return;
    default:
      unreachable(message);
  }
}

/**
 * Reads one message, which must fill the rest of the reader. Payloads are views on its memory, which must
 * therefore not be used again. Throws `ProtocolError` for anything that `encodeMessage` does not write.
 */
export function decodeMessage(reader: ByteReader): ZabMessage {
  const message = readMessage(reader);
  reader.end();
  return message;
}

function readMessage(reader: ByteReader): ZabMessage {
  const tag = reader.int();
  const type = TYPES.get(tag);
  if (type === undefined) throw new ProtocolError('BAD_RECORD', `a message of unknown type ${tag}`);
  switch (type) {
    case 'notification':
      return readNotification(reader);
    case 'follower-info':
      return { type, attempt: readCount(reader), ...readCredentials(reader) };
    case 'leader-info':
      return { type, attempt: readCount(reader), epoch: readEpoch(reader), promise: reader.boolean() };
    case 'ack-epoch':
      return {
        type,
        epoch: readEpoch(reader),
        promised: reader.boolean(),
        currentEpoch: readEpoch(reader),
        tails: readTails(reader),
      };
    case 'diff':
    case 'trunc':
      return { type, epoch: readEpoch(reader), after: readZxid(reader) };
    case 'snap':
    case 'new-leader':
      return { type, epoch: readEpoch(reader) };
    case 'ack-new-leader':
    case 'ack':
    case 'commit':
      return { type, epoch: readEpoch(reader), zxid: readZxid(reader) };
    case 'up-to-date':
      return { type, epoch: readEpoch(reader), committed: readZxid(reader) };
    case 'proposal':
      return readProposal(reader);
    case 'ping':
    case 'pong':
      return { type, epoch: readEpoch(reader), round: readLongCount(reader) };
    case 'new-epoch':
      return { type, epoch: readEpoch(reader), next: readEpoch(reader) };
    case 'ack-new-epoch':
      return { type, next: readEpoch(reader) };
    case 'dismiss':
      return { type, attempt: readCount(reader) };
    default:
      return unreachable(type);
  }
}

function writeCredentials(writer: ByteWriter, credentials: Credentials): void {
  writer.int(credentials.acceptedEpoch);
  writer.int(credentials.currentEpoch);
  writer.long(credentials.lastZxid);
  writer.boolean(credentials.trusted);
}

function readCredentials(reader: ByteReader): Credentials {
  return {
    acceptedEpoch: readEpoch(reader),
    currentEpoch: readEpoch(reader),
    lastZxid: readZxid(reader),
    trusted: reader.boolean(),
  };
}

function readNotification(reader: ByteReader): Notification {
  const role = ROLES[reader.int()];
  if (role === undefined) throw new ProtocolError('BAD_RECORD', 'a notification of unknown role');
  return {
    type: 'notification',
    role,
    round: readCount(reader),
    leader: readServerIdOrNone(reader),
    epoch: readEpoch(reader),
    electable: reader.boolean(),
    ...readCredentials(reader),
  };
}

/** The first zxid and the payloads: the other zxids follow from it. */
function writeProposal(writer: ByteWriter, proposal: Proposal): void {
  const first = proposal.entries[0];
  if (first === undefined) throw new RangeError('a proposal without entries');
  writer.int(proposal.epoch);
  writer.long(proposal.committed);
  writer.long(first.zxid);
  writer.int(proposal.entries.length);
  for (const entry of proposal.entries) writer.buffer(entry.payload);
}

function readProposal(reader: ByteReader): Proposal {
  const epoch = readEpoch(reader);
  const committed = readZxid(reader);
  const first = readZxid(reader);
  const count = reader.int();
  const fits =
    count > 0 && count * LENGTH_BYTES <= reader.remaining && counterOf(first) + count - 1 <= COUNTER_MAX;
  if (!fits || counterOf(first) === 0) {
    throw new ProtocolError('BAD_RECORD', `a proposal of ${count} entries from ${first}`);
  }
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const payload = reader.buffer();
    if (payload === null) throw new ProtocolError('BAD_RECORD', 'a proposal with a null payload');
    entries.push({ zxid: (first + i) as Zxid, payload });
  }
  return { type: 'proposal', epoch, committed, entries };
}

/** At least one; strictly falling, as epochs are. */
function readTails(reader: ByteReader): Zxid[] {
  const count = reader.int();
  if (count < 1 || count * ZXID_BYTES > reader.remaining) {
    throw new ProtocolError('BAD_LENGTH', `${count} log tails in ${reader.remaining} bytes`);
  }
  const tails: Zxid[] = [];
  for (let i = 0; i < count; i++) tails.push(readZxid(reader));
  return tails;
}

function readZxid(reader: ByteReader): Zxid {
  const value = reader.long();
  if (value < 0 || epochOf(value as Zxid) > EPOCH_MAX) {
    throw new ProtocolError('BAD_RECORD', `${value} is not a zxid`);
  }
  return value as Zxid;
}

function readEpoch(reader: ByteReader): number {
  const value = reader.int();
  if (value < 0 || value > EPOCH_MAX) throw new ProtocolError('BAD_RECORD', `${value} is not an epoch`);
  return value;
}

function readServerIdOrNone(reader: ByteReader): ServerId {
  const value = reader.int();
  if (value < 0 || value > SERVER_ID_MAX)
    throw new ProtocolError('BAD_RECORD', `${value} is not a server id`);
  return value;
}

function readCount(reader: ByteReader): number {
  const value = reader.int();
  if (value < 0) throw new ProtocolError('BAD_RECORD', `${value} is not a count`);
  return value;
}

function readLongCount(reader: ByteReader): number {
  const value = reader.long();
  if (value < 0) throw new ProtocolError('BAD_RECORD', `${value} is not a count`);
  return value;
}
