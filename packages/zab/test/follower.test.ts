import { makeZxid, type Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { type DurableState, InvariantError } from '../src/index.ts';
import { disk, log, notification, Solo } from './harness.ts';

const zero = 0 as Zxid;

// Zab paper, step f.1.2: accept an epoch only if it is later than any accepted before, and durably.

test('an epoch is acknowledged when its promise is on disk, not before', () => {
  const solo = new Solo(disk({ acceptedEpoch: 4 }));
  solo.follow(5);
  expect(solo.said(3).map(({ type }) => type)).toEqual(['follower-info']);
  solo.writes();
  expect(solo.said(3)).toEqual([
    { type: 'ack-epoch', epoch: 5, promised: true, currentEpoch: 4, tails: [zero] },
  ]);
});

test('an epoch is promised once: to a second leader of the same epoch it is no promise', () => {
  const solo = new Solo(disk({ acceptedEpoch: 5, currentEpoch: 4 }));
  solo.follow(5);
  expect(solo.said(3).at(-1)).toMatchObject({ type: 'ack-epoch', epoch: 5, promised: false });
});

test('a leader of an epoch before the accepted one is not followed', () => {
  const solo = new Solo(disk({ acceptedEpoch: 6 }));
  solo.follow(5);
  expect(solo.peer.status()).toMatchObject({ role: 'looking', acceptedEpoch: 6 });
  expect(solo.said(3).map(({ type }) => type)).toEqual(['follower-info']);
});

test('an answer to an earlier attempt is not taken for one to this', () => {
  const solo = new Solo(disk());
  solo.connect(3);
  solo.hears(3, notification({ role: 'leading', leader: 3 }));
  const first = solo.attempt();
  solo.hears(3, { type: 'dismiss', attempt: first });
  expect(solo.attempt()).toBe(first + 1);
  solo.hears(3, { type: 'leader-info', attempt: first, epoch: 2, promise: true });
  expect(solo.peer.status()).toMatchObject({ phase: 'discovery', acceptedEpoch: 1 });
  solo.hears(3, { type: 'leader-info', attempt: first + 1, epoch: 2, promise: true });
  expect(solo.peer.status()).toMatchObject({ phase: 'synchronization', acceptedEpoch: 2 });
});

// Step f.2.1: history and epoch are durable together before NEWLEADER is acknowledged.

test('history and epoch are one batch, and NEWLEADER is acknowledged when it is durable', () => {
  const solo = new Solo(disk({ entries: log(1, 3) }));
  solo.follow(2, false);
  solo.hears(
    3,
    { type: 'trunc', epoch: 2, after: makeZxid(1, 1) },
    { type: 'proposal', epoch: 2, committed: zero, entries: log(1, 1, 2) },
  );
  expect(solo.readies.flatMap((ready) => ready.persist)).toEqual([]);
  solo.hears(3, { type: 'new-leader', epoch: 2 });
  expect(solo.readies.flatMap((ready) => ready.persist)).toEqual([
    {
      sequence: 1,
      operations: [
        { type: 'truncate', after: makeZxid(1, 1) },
        { type: 'append', entries: log(1, 1, 2) },
        { type: 'epochs', acceptedEpoch: 2, currentEpoch: 2 },
      ],
    },
  ]);
  expect(solo.said(3).map(({ type }) => type)).toEqual(['follower-info', 'ack-epoch']);
  solo.writes();
  expect(solo.said(3)).toEqual([{ type: 'ack-new-leader', epoch: 2, zxid: makeZxid(1, 2) }]);
});

test('nothing is applied before UPTODATE, whatever the proposals say', () => {
  const solo = new Solo(disk({ entries: log(1, 2) }));
  solo.follow(2, false);
  solo.hears(
    3,
    { type: 'diff', epoch: 2, after: makeZxid(1, 2) },
    { type: 'new-leader', epoch: 2 },
    { type: 'proposal', epoch: 2, committed: makeZxid(1, 2), entries: log(2, 1) },
  );
  solo.writes();
  expect(solo.committed()).toEqual([]);
  solo.hears(3, { type: 'up-to-date', epoch: 2, committed: makeZxid(1, 2) });
  expect(solo.committed()).toEqual([makeZxid(1, 1), makeZxid(1, 2)]);
});

test('a history that is given up halfway leaves no trace', () => {
  const solo = new Solo(disk({ entries: log(1, 3) }));
  solo.follow(2, false);
  solo.hears(3, { type: 'trunc', epoch: 2, after: zero });
  solo.peer.step({ type: 'peer-disconnected', peer: 3 });
  expect(solo.work().persist).toEqual([]);
  expect(solo.peer.status()).toMatchObject({ lastLogged: makeZxid(1, 3), currentEpoch: 1, acceptedEpoch: 1 });
});

test('an acknowledgement owed to one leader is not paid to the next', () => {
  const solo = new Solo(disk());
  solo.follow(2, false);
  solo.hears(3, { type: 'diff', epoch: 2, after: zero }, { type: 'new-leader', epoch: 2 });
  solo.said(3);
  solo.hears(3, notification({ role: 'looking', round: 9 }));
  solo.writes();
  expect(solo.said(3)).toEqual([]);
});

// Step f.3: proposals in order, commits in order.

test('proposals are acknowledged up to what is durable, cumulatively', () => {
  const solo = new Solo(disk());
  solo.followToBroadcast(2);
  solo.hears(
    3,
    { type: 'proposal', epoch: 2, committed: zero, entries: log(2, 2) },
    { type: 'proposal', epoch: 2, committed: zero, entries: log(2, 1, 3) },
  );
  expect(solo.said(3)).toEqual([]);
  solo.writes();
  expect(solo.said(3)).toEqual([{ type: 'ack', epoch: 2, zxid: makeZxid(2, 3) }]);
});

test.each([
  ['with a gap', { type: 'proposal', epoch: 2, committed: zero, entries: log(2, 1, 5) }],
  ['of another epoch', { type: 'proposal', epoch: 3, committed: zero, entries: log(3, 1) }],
  ['committing what was never proposed', { type: 'commit', epoch: 2, zxid: makeZxid(2, 9) }],
  ['cutting a log that is in use', { type: 'trunc', epoch: 2, after: zero }],
  ['opening the same epoch again', { type: 'new-leader', epoch: 2 }],
] as const)('a leader %s is left, and nothing of it is logged', (_, message) => {
  const solo = new Solo(disk({ entries: log(1, 1) }));
  solo.followToBroadcast(2);
  const written = solo.readies.flatMap((ready) => ready.persist).length;
  solo.hears(3, message);
  expect(solo.peer.status()).toMatchObject({ role: 'looking', lastLookedFor: 'protocol-violation' });
  expect(solo.readies.flatMap((ready) => ready.persist)).toHaveLength(written);
});

test('a cut below the commit point stops the process: the tree cannot take anything back', () => {
  const solo = new Solo(disk({ checkpointZxid: makeZxid(1, 2), entries: log(1, 3) }));
  solo.follow(2, false);
  expect(() => solo.hears(3, { type: 'trunc', epoch: 2, after: makeZxid(1, 1) })).toThrow(InvariantError);
});

test('a member that acts as our leader and is not is corrected once per tick', () => {
  const solo = new Solo(disk());
  solo.followToBroadcast(2);
  solo.connect(2);
  solo.work();
  const before = solo.readies.length;
  for (let i = 0; i < 5; i++) {
    solo.hears(2, { type: 'proposal', epoch: 1, committed: zero, entries: log(1, 1) });
  }
  const answers = solo.readies.slice(before).flatMap((ready) => ready.messages);
  expect(answers).toMatchObject([{ to: 2, message: { type: 'notification', role: 'following', leader: 3 } }]);
});

// Checkpoints.

test('a checkpoint that is not wanted any more is not installed', () => {
  const solo = new Solo(disk());
  solo.follow(2, false);
  solo.hears(3, { type: 'snap', epoch: 2 });
  solo.peer.step({ type: 'peer-disconnected', peer: 3 });
  solo.peer.step({ type: 'snapshot-received', peer: 3, zxid: makeZxid(1, 5) });
  expect(solo.work().snapshotToInstall).toBeUndefined();
});

test('what comes behind a checkpoint waits until it is installed', () => {
  const solo = new Solo(disk());
  solo.follow(2, false);
  solo.said(3);
  solo.hears(3, { type: 'snap', epoch: 2 });
  solo.peer.step({ type: 'snapshot-received', peer: 3, zxid: makeZxid(1, 5) });
  expect(solo.work().snapshotToInstall).toEqual({ from: 3, zxid: makeZxid(1, 5) });
  solo.hears(
    3,
    { type: 'diff', epoch: 2, after: makeZxid(1, 5) },
    { type: 'proposal', epoch: 2, committed: makeZxid(1, 5), entries: log(1, 1, 6) },
    { type: 'new-leader', epoch: 2 },
  );
  expect(solo.peer.status().lastLogged).toBe(0);
  solo.peer.step({ type: 'snapshot-installed', zxid: makeZxid(1, 5) });
  expect(solo.work().resetTo).toBe(makeZxid(1, 5));
  solo.writes();
  expect(solo.said(3)).toEqual([{ type: 'ack-new-leader', epoch: 2, zxid: makeZxid(1, 6) }]);
});

test('a member that installs a checkpoint follows and votes for no other', () => {
  const solo = new Solo(disk());
  solo.follow(2, false);
  solo.hears(3, { type: 'snap', epoch: 2 });
  solo.peer.step({ type: 'snapshot-received', peer: 3, zxid: makeZxid(1, 5) });
  solo.hears(3, { type: 'dismiss', attempt: 1 });
  expect(solo.peer.status()).toMatchObject({ role: 'looking', obstacle: 'installing-snapshot' });
  expect(solo.readies.at(-1)?.messages.at(-1)?.message).toMatchObject({
    leader: 0,
    trusted: false,
    electable: false,
  });
  solo.peer.step({ type: 'snapshot-installed', zxid: makeZxid(1, 5) });
  solo.work();
  expect(solo.said(3).at(-1)).toMatchObject({ type: 'follower-info', attempt: 2, lastZxid: makeZxid(1, 5) });
});

test('a checkpoint that was installed without a request stops the process', () => {
  const solo = new Solo(disk());
  expect(() => solo.peer.step({ type: 'snapshot-installed', zxid: makeZxid(1, 5) })).toThrow(InvariantError);
});

test('a transfer that moves is not given up, one that stands still is', () => {
  const solo = new Solo(disk(), { syncTicks: 20, suspicionTicks: 100 });
  solo.follow(2, false);
  solo.hears(3, { type: 'snap', epoch: 2 });
  for (let i = 0; i < 10; i++) {
    solo.ticks(15);
    solo.peer.step({ type: 'snapshot-progress', peer: 3 });
  }
  expect(solo.peer.status().role).toBe('following');
  solo.ticks(20);
  expect(solo.peer.status().lastLookedFor).toBe('sync-timeout');
});

// Heartbeats.

test('a leader that is silent for suspicionTicks is given up, and not followed again on its old word', () => {
  const solo = new Solo(disk(), { suspicionTicks: 5 });
  solo.followToBroadcast(2);
  solo.ticks(4);
  expect(solo.peer.status().role).toBe('following');
  solo.ticks(1);
  expect(solo.peer.status()).toMatchObject({ role: 'looking', lastLookedFor: 'leader-silent' });
  solo.ticks(3);
  expect(solo.peer.status().role).toBe('looking');
  solo.hears(3, notification({ role: 'leading', leader: 3, epoch: 2 }));
  expect(solo.peer.status()).toMatchObject({ role: 'following', leader: 3 });
});

test('a ping is answered at once, with its round', () => {
  const solo = new Solo(disk());
  solo.followToBroadcast(2);
  solo.hears(3, { type: 'ping', epoch: 2, round: 7 });
  expect(solo.readies.at(-1)?.messages).toEqual([{ to: 3, message: { type: 'pong', epoch: 2, round: 7 } }]);
});

// The disk.

test('a member that lost entries counts again once the history of any leader is durable', () => {
  const solo = new Solo(disk({ trusted: false }));
  expect(solo.peer.status().obstacle).toBe('untrusted');
  solo.follow(2, false);
  solo.hears(3, { type: 'diff', epoch: 2, after: zero }, { type: 'new-leader', epoch: 2 });
  solo.peer.step({ type: 'peer-disconnected', peer: 3 });
  expect(solo.peer.status().trusted).toBe(false);
  solo.writes();
  expect(solo.peer.status().trusted).toBe(true);
});

test('a blank disk promises nothing when it joins an established leader', () => {
  const solo = new Solo(disk({ acceptedEpoch: 0 }));
  solo.follow(3, false);
  expect(solo.peer.status().acceptedEpoch).toBe(0);
  solo.hears(3, { type: 'diff', epoch: 3, after: zero }, { type: 'new-leader', epoch: 3 });
  expect(solo.readies.flatMap((ready) => ready.persist)).toMatchObject([
    { operations: [{ type: 'epochs', acceptedEpoch: 3, currentEpoch: 3 }] },
  ]);
});

test('after the disk failed nothing is promised, acknowledged or written', () => {
  const solo = new Solo(disk());
  solo.followToBroadcast(2);
  solo.hears(3, { type: 'proposal', epoch: 2, committed: zero, entries: log(2, 1) });
  solo.peer.step({ type: 'storage-failed' });
  expect(solo.work().messages).toMatchObject([
    { message: { type: 'notification', trusted: false, electable: false } },
  ]);
  solo.writes();
  solo.hears(3, { type: 'proposal', epoch: 2, committed: zero, entries: log(2, 1, 2) });
  solo.ticks(30);
  expect(solo.said(3)).toEqual([]);
  expect(solo.readies.at(-1)?.persist).toEqual([]);
  expect(solo.peer.status()).toMatchObject({ role: 'failed', obstacle: 'storage-failed' });
});

// What the disk says at start.

test.each<[string, Partial<DurableState>, number]>([
  ['nothing', {}, 0],
  ['a log without a checkpoint', { entries: log(1, 3) }, 3],
  ['a checkpoint at the end of the log', { checkpointZxid: makeZxid(1, 3), entries: log(1, 3) }, 3],
  ['a checkpoint within the log', { checkpointZxid: makeZxid(1, 2), entries: log(1, 3) }, 3],
  ['a log that begins after the checkpoint', { checkpointZxid: makeZxid(1, 2), entries: log(1, 1, 3) }, 3],
  ['a log that ends before the checkpoint', { checkpointZxid: makeZxid(1, 3), entries: log(1, 2) }, 3],
  ['a log that begins with an epoch', { checkpointZxid: makeZxid(2, 2), entries: log(2, 3) }, 3],
])('%s on disk is accepted', (_, state, lastCounter) => {
  const { lastLogged, lastCommitted } = new Solo(disk(state)).peer.status();
  expect(lastLogged % 2 ** 32).toBe(lastCounter);
  expect(lastCommitted).toBe(state.checkpointZxid ?? 0);
});

test.each([
  ['a gap between checkpoint and log', { checkpointZxid: makeZxid(1, 2), entries: log(1, 1, 4) }],
  ['a gap in the log', { entries: [...log(1, 2), ...log(1, 1, 4)] }],
  ['a current epoch that was never accepted', { acceptedEpoch: 1, currentEpoch: 2 }],
])('%s stops the process', (_, state) => {
  expect(() => new Solo(disk(state))).toThrow(InvariantError);
});
