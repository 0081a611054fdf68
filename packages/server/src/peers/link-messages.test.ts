import { ByteWriter, makeZxid } from '@conclave/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LinkMessage, readLinkMessage, writeLinkMessage } from './link-messages.ts';

const zxid = makeZxid(3, 7);
const bytes = new Uint8Array([1, 2, 3]);

const messages: LinkMessage[] = [
  { type: 'hello', ensemble: 'e', from: 1, to: 2 },
  { type: 'forward', payloads: [bytes, new Uint8Array(0)] },
  { type: 'attach', sessions: [{ id: 5, since: zxid }] },
  { type: 'revalidate', request: 1, sessionId: 2, password: bytes },
  { type: 'readIndex', request: 9 },
  { type: 'readIndex', request: -1 },
  { type: 'touch', sessions: [1, 2, 3] },
  { type: 'attached', barrier: zxid, moved: [4] },
  { type: 'sessionUnknown', request: 1 },
  { type: 'readIndexed', request: 9, zxid },
  { type: 'refused', sessionId: 2, xid: 3, error: -118 },
  { type: 'digest', zxid, digest: '00ff' },
  { type: 'snapshotBegin', zxid },
  { type: 'snapshotChunk', bytes },
  { type: 'snapshotEnd' },
  { type: 'alive' },
];

function frameOf(message: LinkMessage): Uint8Array {
  const writer = new ByteWriter();
  writeLinkMessage(writer, message);
  return writer.take().subarray(4);
}

describe('link messages', () => {
  test.each(messages.map((message) => [message.type, message] as const))(
    '%s is the same after encoding and decoding',
    (_type, message) => {
      expect(readLinkMessage(frameOf(message))).toEqual(message);
    },
  );

  test.each(messages.map((message) => [message.type, message] as const))(
    '%s is refused if it is too short or too long',
    (_type, message) => {
      const frame = frameOf(message);
      for (let length = 0; length < frame.length; length++) {
        expect(() => readLinkMessage(frame.subarray(0, length))).toThrow();
      }
      expect(() => readLinkMessage(new Uint8Array([...frame, 0]))).toThrow();
    },
  );

  test('reading arbitrary bytes returns a message or throws an error made for it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (frame) => {
        try {
          readLinkMessage(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toBeInstanceOf(TypeError);
        }
      }),
    );
  });
});
