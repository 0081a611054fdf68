import { makeZxid, type Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { InvariantError, ProposalRefusedError } from '../src/index.ts';
import { disk, followerInfo, log, notification, Solo } from './harness.ts';

const zero = 0 as Zxid;
const payload = (bytes = 4): Uint8Array => new Uint8Array(bytes);

// Zab paper, phases 1 and 2, the leader's part.

test('l.1.1: the new epoch is later than any that a quorum has accepted', () => {
  const solo = new Solo(disk({ acceptedEpoch: 3 }));
  solo.connect(2);
  solo.hears(2, notification({ leader: 1, electable: false }), {
    ...followerInfo(1),
    acceptedEpoch: 6,
  } as never);
  expect(solo.said(2)).toEqual([{ type: 'leader-info', attempt: 1, epoch: 7, promise: true }]);
  expect(solo.peer.status().acceptedEpoch).toBe(7);
});

test('l.1.2: NEWLEADER waits for a quorum of durable promises, its own included', () => {
  const solo = new Solo(disk());
  solo.connect(2);
  solo.hears(2, notification({ leader: 1, electable: false }), followerInfo(1));
  solo.hears(2, { type: 'ack-epoch', epoch: 2, promised: true, currentEpoch: 1, tails: [zero] });
  expect(solo.said(2).map(({ type }) => type)).toEqual(['leader-info']);
  solo.writes();
  expect(solo.said(2).map(({ type }) => type)).toEqual(['diff', 'new-leader']);
});

test('an acknowledgement that is no promise does not count as one', () => {
  const solo = new Solo(disk());
  solo.connect(2);
  solo.hears(2, notification({ leader: 1, electable: false }), followerInfo(1));
  solo.writes();
  solo.hears(2, { type: 'ack-epoch', epoch: 2, promised: false, currentEpoch: 1, tails: [zero] });
  expect(solo.peer.status().phase).not.toBe('synchronization');
});

test('a promise of another epoch does not count', () => {
  const solo = new Solo(disk());
  solo.connect(2);
  solo.hears(2, notification({ leader: 1, electable: false }), followerInfo(1));
  solo.writes();
  solo.hears(2, { type: 'ack-epoch', epoch: 9, promised: true, currentEpoch: 1, tails: [zero] });
  expect(solo.peer.status().phase).not.toBe('synchronization');
});

test('a prospective leader that finds a newer history gives way to it', () => {
  const solo = new Solo(disk({ entries: log(1, 2) }));
  solo.connect(2);
  solo.hears(2, notification({ leader: 1, electable: false }), followerInfo(1));
  solo.writes();
  solo.hears(2, {
    type: 'ack-epoch',
    epoch: 2,
    promised: true,
    currentEpoch: 1,
    tails: [makeZxid(1, 3), zero],
  });
  expect(solo.peer.status().lastLookedFor).toBe('follower-ahead');
});

test('it gives way to one that comes before NEWLEADER is acknowledged, too, unless that is its own history', () => {
  const join = (currentEpoch: number, last: Zxid): string => {
    const solo = new Solo(disk({ entries: log(1, 2) }));
    solo.connect(2);
    solo.connect(3);
    solo.hears(2, notification({ leader: 1, electable: false }), followerInfo(1));
    solo.writes();
    const tails = [makeZxid(1, 2), zero];
    solo.hears(2, { type: 'ack-epoch', epoch: 2, promised: true, currentEpoch: 1, tails });
    expect(solo.peer.status().phase).toBe('synchronization');
    solo.hears(3, notification({ leader: 1, electable: false }), followerInfo(1));
    solo.hears(3, { type: 'ack-epoch', epoch: 2, promised: false, currentEpoch, tails: [last, zero] });
    return solo.peer.status().lastLookedFor;
  };
  expect(join(1, makeZxid(1, 3))).toBe('follower-ahead');
  expect(join(1, makeZxid(1, 2))).toBe('started');
  expect(join(2, makeZxid(1, 2))).toBe('started');
});

test('a member that may have forgotten a promise is offered nothing before a quorum of the others has answered', () => {
  const solo = new Solo(disk({ entries: log(1, 2) }));
  const epoch = solo.lead();
  solo.connect(3);
  const offers = (): number => solo.said(3).filter(({ type }) => type === 'leader-info').length;
  solo.hears(3, { ...followerInfo(1), trusted: false } as never);
  expect(offers()).toBe(0);
  const rounds = solo.readies.flatMap(({ messages }) =>
    messages.flatMap(({ message }) => (message.type === 'ping' ? [message.round] : [])),
  );
  const round = Math.max(...rounds);
  solo.hears(2, { type: 'pong', epoch, round: round - 1 });
  expect(offers()).toBe(0);
  solo.hears(2, { type: 'pong', epoch, round });
  expect(offers()).toBe(1);
});

test('l.2.2: the initial history is committed by a quorum of NEWLEADER acknowledgements, its own when durable', () => {
  const solo = new Solo(disk({ entries: log(1, 2) }));
  solo.connect(2);
  solo.hears(2, notification({ leader: 1, electable: false }), followerInfo(1));
  solo.writes();
  solo.hears(2, {
    type: 'ack-epoch',
    epoch: 2,
    promised: true,
    currentEpoch: 1,
    tails: [makeZxid(1, 2), zero],
  });
  solo.hears(2, { type: 'ack-new-leader', epoch: 2, zxid: makeZxid(1, 2) });
  expect(solo.committed()).toEqual([]);
  solo.writes();
  expect(solo.committed()).toEqual([makeZxid(1, 1), makeZxid(1, 2)]);
  expect(solo.peer.status()).toMatchObject({ role: 'leading', phase: 'broadcast', epoch: 2 });
});

test('a leader that does not come to be established in time looks again', () => {
  const solo = new Solo(disk(), { syncTicks: 10, suspicionTicks: 100 });
  solo.connect(2);
  solo.hears(2, notification({ leader: 1, electable: false }), followerInfo(1));
  solo.ticks(10);
  expect(solo.peer.status().lastLookedFor).toBe('sync-timeout');
});

// Phase 3.

test('what several calls propose in one turn travels in one message, the same for all followers', () => {
  const solo = new Solo(disk());
  const epoch = solo.lead();
  solo.connect(3);
  solo.hears(3, followerInfo(1), {
    type: 'ack-epoch',
    epoch,
    promised: false,
    currentEpoch: 1,
    tails: [zero],
  });
  solo.writes();
  solo.hears(3, { type: 'ack-new-leader', epoch, zxid: zero });
  expect(solo.peer.propose([payload(), payload()])).toBe(makeZxid(epoch, 1));
  expect(solo.peer.propose([payload()])).toBe(makeZxid(epoch, 3));
  const { messages, persist } = solo.work();
  expect(messages).toMatchObject([
    { to: 2, message: { type: 'proposal', entries: { length: 3 } } },
    { to: 3, message: { type: 'proposal', entries: { length: 3 } } },
  ]);
  expect(messages[0]?.message).toBe(messages[1]?.message);
  expect(persist).toMatchObject([{ operations: [{ type: 'append', entries: { length: 3 } }] }]);
});

test('a commit rides on the next proposal, and goes alone when there is none', () => {
  const solo = new Solo(disk());
  const epoch = solo.lead();
  solo.peer.propose([payload()]);
  solo.work();
  solo.writes();
  solo.said(2);
  solo.peer.step({ type: 'message', from: 2, message: { type: 'ack', epoch, zxid: makeZxid(epoch, 1) } });
  solo.peer.propose([payload()]);
  solo.work();
  expect(solo.said(2)).toMatchObject([{ type: 'proposal', committed: makeZxid(epoch, 1) }]);
  solo.writes();
  solo.hears(2, { type: 'ack', epoch, zxid: makeZxid(epoch, 2) });
  expect(solo.said(2)).toEqual([{ type: 'commit', epoch, zxid: makeZxid(epoch, 2) }]);
});

test('proposals are cut by size, and an entry larger than that travels whole', () => {
  const solo = new Solo(disk(), { proposalBytesMax: 100 });
  solo.lead();
  solo.peer.propose([payload(60), payload(60), payload(500), payload(10), payload(20)]);
  solo.work();
  expect(solo.said(2).map((message) => message.type === 'proposal' && message.entries.length)).toEqual([
    1, 1, 1, 2,
  ]);
});

test('a follower that does not keep up is sent no more until it acknowledges', () => {
  const solo = new Solo(disk(), { inflightBytesMax: 1000, proposalBytesMax: 100 });
  const epoch = solo.lead();
  for (let i = 0; i < 100; i++) solo.peer.propose([payload(100)]);
  solo.work();
  const sent = solo.said(2).length;
  expect(sent).toBeLessThan(10);
  solo.writes();
  solo.hears(2, { type: 'ack', epoch, zxid: makeZxid(epoch, sent) });
  expect(solo.said(2).length).toBeGreaterThan(0);
  expect(solo.peer.status().lastCommitted).toBe(makeZxid(epoch, sent));
});

test('a follower that does not keep up gets no commit of entries that it was not sent', () => {
  const solo = new Solo(disk(), { inflightBytesMax: 100, proposalBytesMax: 10 });
  const epoch = solo.lead();
  solo.connect(3);
  solo.hears(3, followerInfo(1), {
    type: 'ack-epoch',
    epoch,
    promised: false,
    currentEpoch: 1,
    tails: [zero],
  });
  solo.hears(3, { type: 'ack-new-leader', epoch, zxid: zero });
  solo.said(3);
  for (let i = 1; i <= 5; i++) {
    solo.peer.propose([payload()]);
    solo.work();
    solo.writes();
    solo.hears(2, { type: 'ack', epoch, zxid: makeZxid(epoch, i) });
  }
  expect(solo.peer.status().lastCommitted).toBe(makeZxid(epoch, 5));
  const sent = solo.said(3);
  expect(sent.filter(({ type }) => type === 'proposal')).toHaveLength(2);
  expect(sent.filter(({ type }) => type === 'commit').at(-1)).toMatchObject({ zxid: makeZxid(epoch, 2) });
});

test('a follower that fell out of the history has to begin anew', () => {
  const solo = new Solo(disk(), { inflightBytesMax: 100, proposalBytesMax: 10, historyEntriesMax: 2 });
  const epoch = solo.lead();
  solo.connect(3);
  solo.hears(3, { ...followerInfo(1), attempt: 5 } as never);
  solo.hears(3, { type: 'ack-epoch', epoch, promised: false, currentEpoch: 1, tails: [zero] });
  solo.hears(3, { type: 'ack-new-leader', epoch, zxid: zero });
  for (let i = 1; i <= 10; i++) {
    solo.peer.propose([payload()]);
    solo.work();
    solo.writes();
    solo.hears(2, { type: 'ack', epoch, zxid: makeZxid(epoch, i) });
  }
  solo.peer.step({ type: 'checkpointed', zxid: makeZxid(epoch, 10) });
  solo.work();
  solo.ticks(1);
  expect(solo.said(3).at(-1)).toEqual({ type: 'dismiss', attempt: 5 });
  expect(solo.peer.status()).toMatchObject({ role: 'leading', followers: [{ id: 2 }] });
});

test('history behind a checkpoint on its way is kept for longer', () => {
  const solo = new Solo(disk({ entries: log(1, 20) }), { historyEntriesMax: 2 });
  const epoch = solo.lead();
  solo.peer.step({ type: 'checkpointed', zxid: makeZxid(1, 15) });
  solo.work();
  solo.connect(3);
  solo.hears(3, followerInfo(1), {
    type: 'ack-epoch',
    epoch,
    promised: false,
    currentEpoch: 1,
    tails: [zero],
  });
  expect(solo.readies.at(-1)?.snapshotsToSend).toEqual([{ to: 3 }]);
  solo.peer.step({ type: 'checkpointed', zxid: makeZxid(1, 19) });
  solo.work();
  expect(solo.peer.status().historyEntries).toBe(5);
  solo.peer.step({ type: 'snapshot-sent', peer: 3, zxid: makeZxid(1, 15) });
  solo.work();
  expect(solo.said(3).map(({ type }) => type)).toEqual([
    'leader-info',
    'snap',
    'diff',
    'proposal',
    'new-leader',
  ]);
  solo.work();
  expect(solo.peer.status().historyEntries).toBe(2);
});

test('a transfer that failed is begun again with a heartbeat', () => {
  const solo = new Solo(disk({ checkpointZxid: makeZxid(1, 20) }), { heartbeatTicks: 2 });
  const epoch = solo.lead();
  solo.connect(3);
  solo.hears(3, followerInfo(1), {
    type: 'ack-epoch',
    epoch,
    promised: false,
    currentEpoch: 1,
    tails: [zero],
  });
  solo.peer.step({ type: 'snapshot-failed', peer: 3 });
  expect(solo.work().snapshotsToSend).toEqual([]);
  const before = solo.readies.length;
  solo.ticks(2);
  expect(solo.readies.slice(before).flatMap((ready) => ready.snapshotsToSend)).toEqual([{ to: 3 }]);
});

// Proposals that cannot be.

test.each([
  ['that looks', (solo: Solo) => solo.connect(2), 'NOT_LEADING'],
  ['that follows', (solo: Solo) => solo.followToBroadcast(2), 'NOT_LEADING'],
  [
    'that is not established',
    (solo: Solo) => {
      solo.connect(2);
      solo.hears(2, notification({ leader: 1, electable: false }), followerInfo(1));
    },
    'NOT_ESTABLISHED',
  ],
] as const)('one %s refuses to propose, and to confirm', (_, prepare, code) => {
  const solo = new Solo(disk());
  prepare(solo);
  expect(solo.peer.canPropose).toBe(false);
  expect(() => solo.peer.propose([payload()])).toThrow(ProposalRefusedError);
  expect(() => solo.peer.propose([payload()])).toThrow(code);
  solo.peer.step({ type: 'confirm-leadership', request: 8 });
  expect(solo.work().refusedConfirmations).toEqual([8]);
});

test('a proposal of nothing, or of more than the counter may be short of, is a mistake of the caller', () => {
  const solo = new Solo(disk(), { counterMax: 100, counterReserve: 10 });
  solo.lead();
  expect(() => solo.peer.propose([])).toThrow(RangeError);
  expect(() => solo.peer.propose(Array.from({ length: 6 }, () => payload()))).toThrow(RangeError);
  expect(solo.peer.propose(Array.from({ length: 5 }, () => payload()))).toBe(makeZxid(2, 1));
});

test('when the counter is used up proposals wait for the next epoch', () => {
  const solo = new Solo(disk(), { counterMax: 6, counterReserve: 4 });
  const epoch = solo.lead();
  for (let i = 0; i < 5; i++) solo.peer.propose([payload()]);
  expect(solo.peer.canPropose).toBe(false);
  expect(() => solo.peer.propose([payload()])).toThrow('EPOCH_CHANGING');
  solo.work();
  solo.writes();
  solo.hears(2, { type: 'ack-new-epoch', next: epoch + 1 });
  expect(solo.said(2).map(({ type }) => type)).toEqual(['new-epoch', 'proposal', 'new-leader']);
  solo.writes();
  expect(solo.peer.canPropose).toBe(false);
  solo.hears(2, { type: 'ack-new-leader', epoch: epoch + 1, zxid: makeZxid(epoch, 5) });
  expect(solo.committed().at(-1)).toBe(makeZxid(epoch, 5));
  expect(solo.peer.propose([payload()])).toBe(makeZxid(epoch + 1, 1));
});

// Leadership.

test('an answer to an earlier round proves nothing about a later one', () => {
  const solo = new Solo(disk());
  const epoch = solo.lead();
  solo.peer.step({ type: 'confirm-leadership', request: 1 });
  solo.work();
  solo.peer.step({ type: 'confirm-leadership', request: 2 });
  solo.work();
  solo.hears(2, { type: 'pong', epoch, round: 1 });
  expect(solo.readies.at(-1)?.confirmed).toEqual([{ request: 1, zxid: zero }]);
  solo.hears(2, { type: 'pong', epoch, round: 2 });
  expect(solo.readies.at(-1)?.confirmed).toEqual([{ request: 2, zxid: zero }]);
});

test('a round counts from after the request, even if a heartbeat is on its way', () => {
  const solo = new Solo(disk());
  const epoch = solo.lead();
  solo.ticks(4);
  solo.peer.step({ type: 'confirm-leadership', request: 1 });
  solo.work();
  solo.hears(2, { type: 'pong', epoch, round: 0 });
  expect(solo.readies.flatMap((ready) => ready.confirmed)).toEqual([]);
});

test.each([
  [
    'its follower is gone',
    (solo: Solo) => solo.peer.step({ type: 'peer-disconnected', peer: 2 }),
    'quorum-lost',
  ],
  ['its follower looks elsewhere', (solo: Solo) => solo.hears(2, notification({ round: 5 })), 'quorum-lost'],
  [
    'its follower has another leader',
    (solo: Solo) => solo.hears(2, notification({ role: 'following', leader: 3, epoch: 9 })),
    'quorum-lost',
  ],
  ['its follower is silent', (solo: Solo) => solo.ticks(14), 'quorum-lost'],
  ['it resigns', (solo: Solo) => solo.peer.step({ type: 'resign' }), 'resigned'],
] as const)('a leader steps down at once and refuses to confirm when %s', (_, happen, reason) => {
  const solo = new Solo(disk());
  solo.lead();
  solo.peer.step({ type: 'confirm-leadership', request: 3 });
  solo.work();
  happen(solo);
  solo.work();
  expect(solo.readies.flatMap((ready) => ready.refusedConfirmations)).toEqual([3]);
  expect(solo.peer.status()).toMatchObject({ lastLookedFor: reason });
});

test('one that resigned does not stand for election for a while', () => {
  const solo = new Solo(disk(), { suspicionTicks: 5 });
  solo.lead();
  solo.peer.step({ type: 'resign' });
  expect(solo.work().messages.at(-1)?.message).toMatchObject({
    type: 'notification',
    leader: 0,
    electable: false,
  });
  solo.ticks(5);
  expect(solo.readies.at(-1)?.messages.at(-1)?.message).toMatchObject({ leader: 1, electable: true });
});

test('a disk that reports what it was never given stops the process', () => {
  const solo = new Solo(disk());
  expect(() => solo.peer.step({ type: 'persisted', sequence: 99 })).toThrow(InvariantError);
});

test('a stranger, or a link that is gone, is not listened to', () => {
  const solo = new Solo(disk());
  solo.connect(9);
  solo.hears(9, notification({ role: 'leading', leader: 9, epoch: 5 }));
  solo.hears(2, notification({ role: 'leading', leader: 2, epoch: 5 }));
  expect(solo.peer.status()).toMatchObject({ role: 'looking', leader: undefined });
  expect(solo.readies.flatMap((ready) => ready.messages)).toEqual([]);
});
