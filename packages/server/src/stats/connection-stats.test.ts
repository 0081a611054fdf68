import { OpCode, SpecialXid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { ConnectionStats } from './connection-stats.ts';

test('a ping counts as the last operation but does not change the last xid', () => {
  const stats = new ConnectionStats();
  stats.answered(OpCode.getData, 7, 100, 10, 14);
  stats.answered(OpCode.ping, SpecialXid.ping, 101, 20, 20);
  expect(stats).toMatchObject({ lastOpcode: OpCode.ping, lastXid: 7, lastZxid: 101, lastAnswerMs: 20 });
  expect(stats.latency).toMatchObject({ count: 2, minMs: 0, maxMs: 4, meanMs: 2 });
});

test('a reset clears the counters and counts frames from there', () => {
  const stats = new ConnectionStats();
  stats.answered(OpCode.getData, 7, 100, 10, 14);
  stats.reset(5, 4);
  expect(stats).toMatchObject({
    lastOpcode: undefined,
    lastXid: -1,
    lastZxid: -1,
    lastAnswerMs: 0,
    aliveMs: 14,
  });
  expect(stats.latency).toMatchObject({ count: 0, minMs: 0, maxMs: 0, meanMs: 0 });
  expect(stats.packets(8, 6)).toEqual({ packetsReceived: 3, packetsSent: 2 });
});
