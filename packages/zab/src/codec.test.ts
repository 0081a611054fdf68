import { ByteReader, ByteWriter, EPOCH_MAX, makeZxid, ProtocolError, type Zxid } from '@conclave/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from './codec.ts';
import type { ZabMessage } from './messages.ts';

const epoch = fc.integer({ min: 0, max: EPOCH_MAX });
const count = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const zxid = fc.tuple(epoch, fc.integer({ min: 0, max: 2 ** 32 - 1 })).map(([e, c]) => makeZxid(e, c));
const credentials = { acceptedEpoch: epoch, currentEpoch: epoch, lastZxid: zxid, trusted: fc.boolean() };
const of = <T extends ZabMessage['type']>(type: T) => ({ type: fc.constant(type) });
const entries = fc
  .tuple(
    epoch,
    fc.integer({ min: 1, max: 2 ** 31 }),
    fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1 }),
  )
  .map(([e, first, payloads]) => payloads.map((payload, i) => ({ zxid: makeZxid(e, first + i), payload })));

const message: fc.Arbitrary<ZabMessage> = fc.oneof(
  fc.record({
    ...of('notification'),
    role: fc.constantFrom('looking' as const, 'following' as const, 'leading' as const),
    round: count,
    leader: fc.integer({ min: 0, max: 254 }),
    epoch,
    electable: fc.boolean(),
    ...credentials,
  }),
  fc.record({ ...of('follower-info'), attempt: count, ...credentials }),
  fc.record({ ...of('leader-info'), attempt: count, epoch, promise: fc.boolean() }),
  fc.record({
    ...of('ack-epoch'),
    epoch,
    promised: fc.boolean(),
    currentEpoch: epoch,
    tails: fc.array(zxid, { minLength: 1, maxLength: 65 }),
  }),
  fc.record({ ...of('diff'), epoch, after: zxid }),
  fc.record({ ...of('trunc'), epoch, after: zxid }),
  fc.record({ ...of('snap'), epoch }),
  fc.record({ ...of('new-leader'), epoch }),
  fc.record({ ...of('ack-new-leader'), epoch, zxid }),
  fc.record({ ...of('up-to-date'), epoch, committed: zxid }),
  fc.record({ ...of('proposal'), epoch, committed: zxid, entries }),
  fc.record({ ...of('ack'), epoch, zxid }),
  fc.record({ ...of('commit'), epoch, zxid }),
  fc.record({ ...of('ping'), epoch, round: fc.maxSafeNat() }),
  fc.record({ ...of('pong'), epoch, round: fc.maxSafeNat() }),
  fc.record({ ...of('new-epoch'), epoch, next: epoch }),
  fc.record({ ...of('ack-new-epoch'), next: epoch }),
  fc.record({ ...of('dismiss'), attempt: count }),
);

function encode(value: ZabMessage): Uint8Array {
  const writer = new ByteWriter();
  encodeMessage(value, writer);
  return writer.take();
}

const decode = (bytes: Uint8Array): ZabMessage => decodeMessage(new ByteReader(bytes));

test('what is written is read', () => {
  fc.assert(
    fc.property(message, (value) => {
      expect(decode(encode(value))).toEqual(value);
    }),
  );
});

test('arbitrary bytes are read, or refused with the one typed error', () => {
  const tagged = fc.tuple(fc.nat(20), fc.uint8Array({ maxLength: 60 })).map(([tag, rest]) => {
    const bytes = new Uint8Array(4 + rest.length);
    bytes[3] = tag;
    bytes.set(rest, 4);
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), tagged), (bytes) => {
      try {
        expect(encode(decode(bytes))).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a message cut short, or with something behind it, is refused', () => {
  fc.assert(
    fc.property(message, fc.nat(), (value, at) => {
      const bytes = encode(value);
      expect(() => decode(bytes.subarray(0, at % bytes.length))).toThrow(ProtocolError);
      expect(() => decode(new Uint8Array([...bytes, 0]))).toThrow(ProtocolError);
    }),
  );
});

function proposal(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  writer.int(11);
  writer.int(1);
  writer.long(0);
  write(writer);
  return writer.take();
}

test.each<[string, Uint8Array]>([
  [
    'no entries',
    proposal((writer) => {
      writer.long(makeZxid(1, 1));
      writer.int(0);
    }),
  ],
  [
    'more entries than bytes',
    proposal((writer) => {
      writer.long(makeZxid(1, 1));
      writer.int(2 ** 31 - 1);
    }),
  ],
  [
    'counters beyond their range',
    proposal((writer) => {
      writer.long(makeZxid(1, 2 ** 32 - 1));
      writer.int(2);
      writer.buffer(new Uint8Array(0));
      writer.buffer(new Uint8Array(0));
    }),
  ],
  [
    'a null payload',
    proposal((writer) => {
      writer.long(makeZxid(1, 1));
      writer.int(1);
      writer.buffer(null);
    }),
  ],
  [
    'a negative zxid',
    proposal((writer) => {
      writer.long(-1);
      writer.int(1);
      writer.buffer(new Uint8Array(0));
    }),
  ],
])('a proposal with %s is refused', (_, bytes) => {
  expect(() => decode(bytes)).toThrow(ProtocolError);
});

test('the wire has not changed', () => {
  const sample: ZabMessage = {
    type: 'proposal',
    epoch: 2,
    committed: makeZxid(1, 9),
    entries: [
      { zxid: makeZxid(2, 1), payload: new Uint8Array([7]) },
      { zxid: makeZxid(2, 2) as Zxid, payload: new Uint8Array([]) },
    ],
  };
  expect(Buffer.from(encode(sample)).toString('hex')).toBe(
    '0000000b00000002' + '0000000100000009' + '0000000200000001' + '00000002' + '0000000107' + '00000000',
  );
});
