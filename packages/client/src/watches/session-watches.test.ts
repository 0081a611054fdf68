import { EventType, InvariantError, ProtocolError, type Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { SessionWatches } from './session-watches.ts';

const zxid = 7 as Zxid;

function armed(): SessionWatches {
  const watches = new SessionWatches();
  watches.oneShot.add('data', '/a', () => {});
  return watches;
}

test('an answer to watches that were not set again is a fault of the server', () => {
  const watches = armed();
  expect(() => watches.handleRearmed(zxid, true)).toThrow(ProtocolError);
  expect(watches.rearm(true)).toHaveLength(1);
  watches.handleRearmed(zxid, true);
  expect(() => watches.handleRearmed(zxid, true)).toThrow(ProtocolError);
});

test('setting watches again twice on one connection is a broken invariant', () => {
  const watches = armed();
  watches.rearm(true);
  expect(() => watches.rearm(true)).toThrow(InvariantError);
  watches.handleConnectionLost();
  expect(watches.rearm(true)).toHaveLength(1);
});

test('the zxid up to which all events have arrived never goes back', () => {
  const watches = armed();
  watches.handleComplete(zxid);
  watches.handleEvent(EventType.nodeDataChanged, '/a', 3 as Zxid, true);
  expect(watches.completeZxid).toBe(zxid);
});
