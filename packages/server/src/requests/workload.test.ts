import { InvariantError } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { ServerStats } from '../stats/server-stats.ts';
import { ReadBarriers } from './read-barriers.ts';
import type { PendingWrite } from './request-queue.ts';
import { Workload } from './workload.ts';

let stats: ServerStats;
let workload: Workload;

beforeEach(() => {
  stats = new ServerStats();
  workload = new Workload({ outstandingMax: 10, outstandingBytesMax: 1000 }, stats, new ReadBarriers());
});

/** A connection that is not read. It is read again when it is asked to regulate and has room. */
class Paused {
  readonly outstanding: number;
  hasRoom = true;
  isRead = false;
  readonly sessionId = 1;
  readonly throttle = {
    isExempt: false,
    regulate: () => {
      this.isRead = this.hasRoom;
      return this.isRead;
    },
  };

  constructor(outstanding: number) {
    this.outstanding = outstanding;
    workload.pause(this);
  }

  work(): void {}
}

describe('reading from a paused connection resumes', () => {
  test('under overload if it has no request in flight and has room', () => {
    const [idle, busy, crowded] = [new Paused(0), new Paused(1), new Paused(0)];
    crowded.hasRoom = false;
    stats.writesUnderWay = 10;
    workload.relieve();
    expect([idle.isRead, busy.isRead, crowded.isRead]).toEqual([true, false, false]);
    crowded.hasRoom = true;
    workload.relieve();
    expect([busy.isRead, crowded.isRead]).toEqual([false, true]);
    stats.writesUnderWay = 9;
    workload.relieve();
    expect(busy.isRead).toBe(true);
  });

  test('only when fewer bytes than the limit are in flight', () => {
    const idle = new Paused(0);
    stats.writeBytesUnderWay = 1000;
    workload.relieve();
    expect(idle.isRead).toBe(false);
    stats.writeBytesUnderWay = 999;
    workload.relieve();
    expect(idle.isRead).toBe(true);
  });
});

test('a request that is counted out twice breaks an invariant', () => {
  const write: PendingWrite = {
    kind: 'write',
    xid: 1,
    opcode: 1,
    arrivedMs: 0,
    payload: new Uint8Array(10),
    sent: true,
  };
  workload.arrived(write);
  workload.writeSent(write);
  expect(stats).toMatchObject({ outstanding: 1, writesUnderWay: 1, writeBytesUnderWay: 10 });
  workload.answered(write, 5);
  expect(stats).toMatchObject({ outstanding: 0, writesUnderWay: 0, writeBytesUnderWay: 0 });
  expect(() => workload.abandoned(write)).toThrow(InvariantError);
});
