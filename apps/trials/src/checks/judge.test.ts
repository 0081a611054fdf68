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

test('nothing is wrong with a sound trial', () => {
  expect(properties({})).toEqual([]);
});

test('a write that was acknowledged and is gone is found', () => {
  expect(properties({ effects: [{ mark: 'm1', place: FIRST }] })).toEqual(['nothing acknowledged is lost']);
});

test('an effect that is there twice is found', () => {
  const effects = [...sound.effects, { mark: 'm2', place: '/sequences/n-0000000002' }];
  expect(properties({ effects })).toEqual(['exactly once']);
});

test('a number that is left out is found', () => {
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

test('an acknowledgement while there was no quorum is found, unless it was asked for before', () => {
  expect(properties({ silences: [{ from: 5, until: 20 }] })).toEqual([
    'nothing is acknowledged without a quorum',
  ]);
  expect(properties({ silences: [{ from: 10, until: 20 }] })).toEqual([]);
});

test('a fenced write is found that was done when the grant was over, or after a later one', () => {
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

test('a linearizable read that is answered while there was no quorum is found', () => {
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

test('ephemeral nodes that outlive their sessions are found', () => {
  expect(properties({ ephemeralsLeft: ['client-1.1'] })).toEqual(['ephemerals go with their session']);
});

test('states that differ are found', () => {
  expect(properties({ digests: ['a', 'b', 'a'] })).toEqual(['equal states']);
});

test('a read that no order of the writes explains is found', () => {
  const call = { work: 'registers', group: 'g', input: { op: 'get', key: 'k' } } as const;
  const entries: JournalEntry[] = [
    { type: 'called', id: 1, session: 's', call, at: 1 },
    { type: 'ended', id: 1, outcome: { type: 'done', result: { value: 'v', version: 0 } }, at: 2 },
  ];
  const journals = [...sound.journals, { client: 'd', killedAt: undefined, entries }];
  expect(properties({ journals })).toEqual(['linearizability']);
});

test('two that believe to hold a lock at a time are found', () => {
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

test('a former holder that a resource lets pass is found', () => {
  const use = (token: number) => ({ holder: 'c', lock: 'red', token, isAdmitted: true, at: 0 });
  expect(properties({ uses: [use(2), use(1)] })).toEqual(['a gate admits no former holder']);
});

test('an item that was put into the queue and is nowhere is found', () => {
  const entries: JournalEntry[] = [
    { type: 'called', id: 1, session: 's', call: { work: 'queues', mark: 'q1' }, at: 1 },
    { type: 'ended', id: 1, outcome: { type: 'done', result: {} }, at: 2 },
  ];
  const journals = [...sound.journals, { client: 'd', killedAt: undefined, entries }];
  expect(properties({ journals })).toEqual(['nothing acknowledged is lost']);
  expect(properties({ journals, itemsLeft: ['q1'] })).toEqual([]);
});
