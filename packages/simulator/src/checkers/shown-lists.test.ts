import { type Acl, Permission } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { at } from './past.fixture.ts';
import { type ListVersion, ShownLists } from './shown-lists.ts';

const anyone = (permissions: number): Acl => ({ permissions, scheme: 'world', id: 'anyone' });
const ann = [{ scheme: 'digest', id: 'ann:x' }];
const ANN: Acl = { permissions: Permission.all, scheme: 'digest', id: 'ann:x' };

/** `/a` was created twice: at 1, with two lists, and at 5, with one that is for Ann alone. */
const LISTS: Readonly<Record<string, readonly (readonly Acl[])[]>> = {
  [`/a ${at(1)}`]: [[anyone(Permission.read)], [anyone(Permission.write), ANN]],
  [`/a ${at(5)}`]: [[ANN]],
};
const lists = {
  listOf: (path: string, czxid: number, aversion: number) => LISTS[`${path} ${czxid}`]?.[aversion],
};
const version = (counter: number, aversion: number): ListVersion => ({ czxid: at(counter), aversion });

test('a session may read a node by each of its ACLs in order, with a write in between', () => {
  const shown = new ShownLists(lists, ann);
  for (const stat of [version(1, 0), version(1, 0), version(1, 1)]) shown.handleRead('/a', stat);
  shown.handleStat('/a', version(1, 1));
  shown.handleRead('/a', version(5, 0));
});

test('each session has its own order', () => {
  new ShownLists(lists, ann).handleRead('/a', version(1, 1));
  new ShownLists(lists, []).handleRead('/a', version(1, 0));
});

test.each<[string, string, readonly ListVersion[]]>([
  [
    'although its ACL at that time forbade it',
    'no client exceeds its permissions',
    [version(1, 0), version(1, 1)],
  ],
  [
    'although the ACL after its second creation forbade it',
    'no client exceeds its permissions',
    [version(5, 0)],
  ],
  ['with an ACL that was never set', 'no node shows an ACL that it never had', [version(1, 2)]],
  ['that was never created', 'no node shows an ACL that it never had', [version(2, 0)]],
])('it is a violation to read a node %s', (_, property, stats) => {
  const shown = new ShownLists(lists, []);
  const readAll = () => {
    for (const stat of stats) shown.handleRead('/a', stat);
  };
  expect(readAll).toThrow(expect.objectContaining({ property }));
});

test.each<[string, ListVersion, ListVersion]>([
  ['an older ACL', version(1, 1), version(1, 0)],
  ['an older node', version(5, 0), version(1, 1)],
])('it is a violation to show %s after a newer one', (_, newer, older) => {
  for (const handle of ['handleRead', 'handleStat'] as const) {
    const shown = new ShownLists(lists, ann);
    shown.handleStat('/a', newer);
    expect(() => shown[handle]('/a', older)).toThrow('no session sees an older ACL after a newer one');
  }
});
