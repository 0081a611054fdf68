import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ByteReader,
  OpCode,
  ProtocolError,
  type ProtocolErrorCode,
  readConnectRequest,
  readConnectResponse,
  readReplyHeader,
  readRequest,
  readRequestHeader,
  readResponse,
  readWatcherEvent,
  writeRequest,
  writeResponse,
} from '../src/index.ts';
import { encoded, request, response } from './arbitraries.ts';

/** Every way bytes from outside come in. */
const doors: Record<string, (frame: Uint8Array) => unknown> = {
  connectRequest: readConnectRequest,
  connectResponse: readConnectResponse,
  watcherEvent: (frame) => readWatcherEvent(new ByteReader(frame)),
  nativeRequestHeader: (frame) => readRequestHeader(new ByteReader(frame), true),
  requestHeader: (frame) => readRequestHeader(new ByteReader(frame), false),
  nativeReplyHeader: (frame) => readReplyHeader(new ByteReader(frame), true),
  replyHeader: (frame) => readReplyHeader(new ByteReader(frame), false),
};
for (const [name, opcode] of Object.entries(OpCode)) {
  doors[`${name} request`] = (frame) => readRequest(opcode, new ByteReader(frame));
  doors[`${name} response`] = (frame) => readResponse(opcode, new ByteReader(frame));
}
const doorNames = Object.keys(doors);

/** The handshake without a password is given one of zeros. */
const CONSTANT_BYTES = 16;

/**
 * Decodes, and holds what came of it against the frame: text and buffers no longer than it, all buffers views on it,
 * no more list items than could stand in it.
 */
function decodeWithinBounds(door: string, frame: Uint8Array): void {
  let value: unknown;
  try {
    value = doors[door]?.(frame);
  } catch (error) {
    if (error instanceof ProtocolError) return;
    throw error;
  }
  expect(weight(value, frame)).toBeLessThanOrEqual(frame.length + CONSTANT_BYTES);
}

function weight(value: unknown, frame: Uint8Array): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  if (value instanceof Uint8Array) {
    if (value.length > CONSTANT_BYTES) expect(value.buffer).toBe(frame.buffer);
    return value.length;
  }
  if (Array.isArray(value)) {
    const itemBytesMin = 4;
    return value.reduce<number>((sum, item) => sum + itemBytesMin + weight(item, frame), 0);
  }
  return Object.values(value).reduce<number>((sum, field) => sum + weight(field, frame), 0);
}

/** A wrong length is likelier to lead somewhere than a random byte. */
const hostileInt = fc.constantFrom(-1, 0, 1, 4, -2, 0xff, 0x10000, 2 ** 31 - 1, -(2 ** 31));

type Damage =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | { readonly kind: 'int'; readonly at: number; readonly value: number }
  | { readonly kind: 'append'; readonly bytes: Uint8Array };

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('cut'), at: fc.nat() }),
  fc.record({ kind: fc.constant('byte'), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('int'), at: fc.nat(), value: hostileInt }),
  fc.record({ kind: fc.constant('append'), bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
);

function damaged(bytes: Uint8Array, how: Damage): Uint8Array {
  switch (how.kind) {
    case 'cut':
      return bytes.slice(0, how.at % (bytes.length + 1));
    case 'byte': {
      const out = bytes.slice();
      if (out.length > 0) out[how.at % out.length] = how.value;
      return out;
    }
    case 'int': {
      const out = bytes.slice();
      if (out.length >= 4) new DataView(out.buffer).setInt32(how.at % (out.length - 3), how.value);
      return out;
    }
    case 'append':
      return Uint8Array.of(...bytes, ...how.bytes);
  }
}

describe('bytes from outside give a value or a ProtocolError, and nothing larger than themselves', () => {
  test('random bytes at every door', () => {
    fc.assert(
      fc.property(fc.constantFrom(...doorNames), fc.uint8Array({ maxLength: 120 }), decodeWithinBounds),
      { numRuns: 5000 },
    );
  });

  test('runs of zeros and of small numbers, which look like records', () => {
    const ints = fc.array(hostileInt, { maxLength: 30 });
    fc.assert(
      fc.property(fc.constantFrom(...doorNames), ints, (door, values) => {
        decodeWithinBounds(
          door,
          encoded((writer) => values.forEach((value) => void writer.int(value))),
        );
      }),
      { numRuns: 5000 },
    );
  });

  test('damaged requests', () => {
    fc.assert(
      fc.property(request, damage, (value, how) => {
        const bytes = encoded((writer) => writeRequest(writer, value));
        decodeWithinBounds(nameOf(value.op, 'request'), damaged(bytes, how));
      }),
      { numRuns: 3000 },
    );
  });

  test('damaged responses', () => {
    fc.assert(
      fc.property(response, damage, (value, how) => {
        const bytes = encoded((writer) => writeResponse(writer, value));
        decodeWithinBounds(nameOf(value.op, 'response'), damaged(bytes, how));
      }),
      { numRuns: 3000 },
    );
  });
});

function nameOf(opcode: number, kind: 'request' | 'response'): string {
  const entry = Object.entries(OpCode).find(([, number]) => number === opcode);
  return `${entry?.[0]} ${kind}`;
}

const ints = (...values: number[]): Uint8Array =>
  encoded((writer) => values.forEach((value) => void writer.int(value)));
const MULTI_END = [0xff, 0xff, 0xff, 0xff, 1, 0xff, 0xff, 0xff, 0xff];

describe('each kind of bad bytes has its code', () => {
  const cases: { name: string; code: ProtocolErrorCode; read: () => unknown }[] = [
    {
      name: 'a path that announces more than there is',
      code: 'TRUNCATED',
      read: () => readRequest(OpCode.sync, new ByteReader(ints(2 ** 31 - 1))),
    },
    {
      name: 'a path of negative length',
      code: 'BAD_LENGTH',
      read: () => readRequest(OpCode.sync, new ByteReader(ints(-2))),
    },
    {
      name: 'a buffer of negative length',
      code: 'BAD_LENGTH',
      read: () => readResponse(OpCode.getData, new ByteReader(ints(-2))),
    },
    {
      name: 'two thousand million children in no bytes',
      code: 'BAD_LENGTH',
      read: () => readResponse(OpCode.getChildren, new ByteReader(ints(2 ** 31 - 1, 0, 0))),
    },
    {
      name: 'a list of negative length',
      code: 'BAD_LENGTH',
      read: () => readResponse(OpCode.getChildren, new ByteReader(ints(-5))),
    },
    {
      name: 'more ACL entries than bytes for them',
      code: 'BAD_LENGTH',
      read: () => readRequest(OpCode.create, new ByteReader(ints(0, -1, 3, 0, 0, 0))),
    },
    {
      name: 'a record that goes on after its end',
      code: 'TRAILING_BYTES',
      read: () => readRequest(OpCode.ping, new ByteReader(ints(0))),
    },
    {
      name: 'a watch flag of 2',
      code: 'BAD_BOOLEAN',
      read: () => readRequest(OpCode.exists, new ByteReader(Uint8Array.of(0, 0, 0, 0, 2))),
    },
    {
      name: 'a path that is not UTF-8',
      code: 'BAD_UTF8',
      read: () => readRequest(OpCode.sync, new ByteReader(Uint8Array.of(0, 0, 0, 2, 0x2f, 0xff))),
    },
    {
      name: 'a zxid beyond what a number holds',
      code: 'LONG_OUT_OF_RANGE',
      read: () => readRequest(OpCode.setWatches, new ByteReader(ints(0x200000, 0, 0, 0, 0))),
    },
    {
      name: 'an unknown operation',
      code: 'UNKNOWN_OPCODE',
      read: () => readRequest(4711, new ByteReader(ints())),
    },
    {
      name: 'a check outside of a multi',
      code: 'UNKNOWN_OPCODE',
      read: () => readRequest(OpCode.check, new ByteReader(ints(0, 0))),
    },
    {
      name: 'a multi within a multi',
      code: 'BAD_RECORD',
      read: () => {
        const inner = Uint8Array.of(0, 0, 0, OpCode.multi, 0, 0xff, 0xff, 0xff, 0xff);
        return readRequest(OpCode.multi, new ByteReader(Uint8Array.of(...inner, ...MULTI_END, ...MULTI_END)));
      },
    },
    {
      name: 'a guarded write within a guarded write',
      code: 'BAD_RECORD',
      read: () => readRequest(OpCode.guarded, new ByteReader(ints(0, 0, 7, OpCode.guarded, 0, 0, 7))),
    },
    {
      name: 'a guarded check',
      code: 'BAD_RECORD',
      read: () => readRequest(OpCode.guarded, new ByteReader(ints(0, 0, 7, OpCode.check, 0, 0))),
    },
    {
      name: 'a multi without its end',
      code: 'TRUNCATED',
      read: () => readRequest(OpCode.multi, new ByteReader(ints())),
    },
    {
      name: 'a multi result of an operation that has none',
      code: 'BAD_RECORD',
      read: () => readResponse(OpCode.multi, new ByteReader(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0))),
    },
    {
      name: 'a session password longer than any server hands out',
      code: 'BAD_RECORD',
      read: () =>
        readConnectRequest(encoded((w) => w.raw(Uint8Array.of(...ints(0, 0, 0, 0, 0, 0, 65), ...Array(65))))),
    },
  ];

  test.each(cases)('$name: $code', ({ code, read }) => {
    expect(read).toThrowError(expect.objectContaining({ name: 'ProtocolError', code }));
  });

  test('a quarter of a million empty strings are read as what they are', () => {
    const count = 250_000;
    const frame = new Uint8Array(4 + 4 * count);
    new DataView(frame.buffer).setInt32(0, count);
    const answer = readResponse(OpCode.getChildren, new ByteReader(frame));
    expect(answer).toMatchObject({ op: OpCode.getChildren, children: { length: count } });
  });
});
