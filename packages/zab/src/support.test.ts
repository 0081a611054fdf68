import { makeZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { notification } from '../test/harness.ts';
import type { ServerId } from './entry.ts';
import { Learner } from './learner.ts';
import { majority } from './quorum.ts';
import { Support } from './support.ts';

const LEADER = 1;
const INFO = {
  type: 'follower-info',
  attempt: 1,
  acceptedEpoch: 1,
  currentEpoch: 1,
  lastZxid: ZXID_ZERO,
  trusted: true,
} as const;
const zxid = (counter: number): Zxid => makeZxid(2, counter);

/** The support of server 1 of five, with these followers. */
function support(...followers: readonly (Partial<Learner> & { readonly id: ServerId })[]): Support {
  const learners = new Map<ServerId, Learner>();
  for (const follower of followers) {
    learners.set(follower.id, Object.assign(new Learner(follower.id, INFO), follower));
  }
  return new Support(majority([1, 2, 3, 4, 5]), LEADER, learners);
}

describe('a leader is supported', () => {
  test('by the active followers', () => {
    const two = { id: 2, stage: 'active' } as const;
    expect(support(two, { id: 3, stage: 'active' }).isActive).toBe(true);
    expect(support(two, { id: 3, stage: 'streaming' }).isActive).toBe(false);
    expect(support().isActive).toBe(false);
  });

  test('before it is established, by the members that follow or still vote for it', () => {
    const voted = (leader: ServerId) => new Map([[4, notification({ leader })]]);
    expect(support({ id: 2 }, { id: 3 }).isInReach(new Map())).toBe(true);
    expect(support({ id: 2 }).isInReach(voted(LEADER))).toBe(true);
    expect(support({ id: 2 }).isInReach(voted(5))).toBe(false);
    expect(support({ id: 4 }).isInReach(voted(LEADER))).toBe(false);
  });
});

test('an epoch is acknowledged by a quorum, of which the leader is one when its own disk has it', () => {
  const acknowledged = (...ids: ServerId[]) => support(...ids.map((id) => ({ id, ackedEpoch: 7 })));
  expect(acknowledged(2, 3).hasEpoch(7, true)).toBe(true);
  expect(acknowledged(2, 3).hasEpoch(7, false)).toBe(false);
  expect(acknowledged(2, 3, 4).hasEpoch(7, false)).toBe(true);
  expect(acknowledged(2, 3).hasEpoch(8, true)).toBe(false);
});

describe('a quorum has', () => {
  test('on disk what the third of five has; the leader is one of them', () => {
    const followers = [4, 2, 9].map((counter, i) => {
      return { id: i + 2, stage: 'active', acked: zxid(counter) } as const;
    });
    expect(support(...followers).ackedThrough(zxid(3))).toBe(zxid(3));
    expect(support(...followers).ackedThrough(zxid(5))).toBe(zxid(4));
    expect(support(...followers).ackedThrough(zxid(1))).toBe(zxid(2));
  });

  test('answered the round that the third of five has', () => {
    const followers = [4, 2].map((proofRound, i) => ({ id: i + 2, stage: 'active', proofRound }) as const);
    expect(support(...followers).provenThrough(5)).toBe(2);
  });

  test('nothing that only followers have that are not active yet', () => {
    const two = { id: 2, stage: 'active', acked: zxid(4), proofRound: 4 } as const;
    const three = { id: 3, stage: 'streaming', acked: zxid(4), proofRound: 4 } as const;
    expect(support(two, three).ackedThrough(zxid(5))).toBe(0);
    expect(support(two, three).provenThrough(5)).toBe(0);
  });
});
