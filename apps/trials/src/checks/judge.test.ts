import { expect, test } from 'vitest';
import type { JournalEntry } from '../clients/journal.ts';
import { type Evidence, judge } from './judge.ts';

const created = (id: number, path: string, at: number): JournalEntry[] => [
  { type: 'called', id, session: 's', call: { work: 'sequences', mark: `m${id}` }, at },
  { type: 'ended', id, outcome: { type: 'done', result: { path } }, at: at + 1 },
];

const FIRST = '/sequences/n-0000000000';
const SECOND = '/sequences/n-0000000001';

const sound: Evidence = {
  journals: [
    { client: 'c', killedAt: undefined, entries: [...created(1, FIRST, 0), ...created(2, SECOND, 10)] },
  ],
  uses: [],
  silences: [],
  effects: [
    { mark: 'm1', place: FIRST },
    { mark: 'm2', place: SECOND },
  ],
  itemsLeft: [],
  ephemeralsLeft: [],
  parties: 2,
  digests: ['a', 'a', 'a'],
};

function properties(evidence: Partial<Evidence>): string[] {
  return judge({ ...sound, ...evidence }).complaints.map(({ property }) => property);
}

test('a correct trial has no complaints', () => {
  expect(properties({})).toEqual([]);
});

test('the judge finds a lost write that was acknowledged', () => {
  expect(properties({ effects: [{ mark: 'm1', place: FIRST }] })).toEqual(['nothing acknowledged is lost']);
});

test('the judge finds an effect that occurred twice', () => {
  const effects = [...sound.effects, { mark: 'm2', place: '/sequences/n-0000000002' }];
  expect(properties({ effects })).toEqual(['exactly once']);
});

test('the judge finds a gap in sequential numbers', () => {
  const place = '/sequences/n-0000000002';
  const journals = [
    { client: 'c', killedAt: undefined, entries: [...created(1, FIRST, 0), ...created(2, place, 10)] },
  ];
  const effects = [
    { mark: 'm1', place: FIRST },
    { mark: 'm2', place },
  ];
  expect(properties({ journals, effects })).toEqual(['sequential numbers']);
});

test('the judge finds an acknowledgement without a quorum, unless the call was made before', () => {
  expect(properties({ silences: [{ from: 5, until: 20 }] })).toEqual([
    'nothing is acknowledged without a quorum',
  ]);
  expect(properties({ silences: [{ from: 10, until: 20 }] })).toEqual([]);
});

test('the judge finds a fenced write that took effect after its grant, or after a later one', () => {
  const fenced = (id: number, token: number, zxid: number, isOver = false): JournalEntry[] => [
    { type: 'called', id, session: 's', call: { work: 'fenced', lock: 'red', token, isOver }, at: id },
    { type: 'ended', id, outcome: { type: 'done', result: { zxid } }, at: id + 1 },
  ];
  const complaintsOf = (...entries: JournalEntry[]) =>
    properties({ journals: [...sound.journals, { client: 'd', killedAt: undefined, entries }] });
  const property = 'a fenced write is refused when the grant is over';
  expect(complaintsOf(...fenced(1, 7, 10), ...fenced(2, 9, 12), ...fenced(3, 7, 11))).toEqual([]);
  expect(complaintsOf(...fenced(1, 7, 10), ...fenced(2, 9, 12), ...fenced(3, 7, 13))).toEqual([property]);
  expect(complaintsOf(...fenced(1, 7, 10, true))).toEqual([property]);
});

test('the judge finds a linearizable read that was answered without a quorum', () => {
  const call = { work: 'registers', group: 'g', input: { op: 'get', key: 'k' } } as const;
  const made = { work: 'registers', group: 'g', input: { op: 'create', key: 'k', value: 'v' } } as const;
  const entries: JournalEntry[] = [
    { type: 'called', id: 1, session: 's', call: made, at: 1 },
    { type: 'ended', id: 1, outcome: { type: 'done', result: {} }, at: 2 },
    { type: 'called', id: 2, session: 's', call, at: 31 },
    { type: 'ended', id: 2, outcome: { type: 'done', result: { value: 'v', version: 0 } }, at: 32 },
  ];
  const journals = [...sound.journals, { client: 'd', killedAt: undefined, entries }];
  expect(properties({ journals, silences: [{ from: 30, until: 40 }] })).toEqual([
    'nothing is acknowledged without a quorum',
  ]);
  expect(properties({ journals, silences: [{ from: 31, until: 40 }] })).toEqual([]);
});

test('the judge finds ephemeral nodes that outlive their sessions', () => {
  expect(properties({ ephemeralsLeft: ['client-1.1'] })).toEqual(['ephemerals go with their session']);
});

test('the judge finds servers whose states differ', () => {
  expect(properties({ digests: ['a', 'b', 'a'] })).toEqual(['equal states']);
});

test('the judge finds a read that no order of the writes explains', () => {
  const call = { work: 'registers', group: 'g', input: { op: 'get', key: 'k' } } as const;
  const entries: JournalEntry[] = [
    { type: 'called', id: 1, session: 's', call, at: 1 },
    { type: 'ended', id: 1, outcome: { type: 'done', result: { value: 'v', version: 0 } }, at: 2 },
  ];
  const journals = [...sound.journals, { client: 'd', killedAt: undefined, entries }];
  expect(properties({ journals })).toEqual(['linearizability']);
});

test('the judge finds two sessions that believe that they hold a lock at the same time', () => {
  const held = (session: string, token: number, at: number): JournalEntry => ({
    type: 'held',
    session,
    lock: 'red',
    token,
    at,
  });
  const entries = [held('a', 1, 1), held('b', 2, 3)];
  const overlapping = { client: 'd', killedAt: undefined, entries };
  expect(properties({ journals: [...sound.journals, overlapping] })).toEqual(['one holder at a time']);
});

test('the judge finds a former holder that a resource admits', () => {
  const use = (token: number) => ({ holder: 'c', lock: 'red', token, isAdmitted: true, at: 0 });
  expect(properties({ uses: [use(2), use(1)] })).toEqual(['a gate admits no former holder']);
});

test('the judge finds an item of the queue that was lost', () => {
  const entries: JournalEntry[] = [
    { type: 'called', id: 1, session: 's', call: { work: 'queues', mark: 'q1' }, at: 1 },
    { type: 'ended', id: 1, outcome: { type: 'done', result: {} }, at: 2 },
  ];
  const journals = [...sound.journals, { client: 'd', killedAt: undefined, entries }];
  expect(properties({ journals })).toEqual(['nothing acknowledged is lost']);
  expect(properties({ journals, itemsLeft: ['q1'] })).toEqual([]);
});
