import { EventType, type Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { EventFrame } from './event-frame.ts';

test('an event that cannot be encoded leaves no bytes before the next one', () => {
  const encode = (zxid: number) => new EventFrame(EventType.nodeCreated, '/a', zxid as Zxid).bytes(true);
  const whole = encode(1);
  expect(() => encode(2 ** 53)).toThrow(RangeError);
  expect(encode(1)).toEqual(whole);
});
