import { makeZxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { AclTable } from './access/acl-table.ts';
import { DataArena, dataOf } from './data-arena.ts';
import { Quotas } from './quotas.ts';
import { Znode } from './znode.ts';
import { ZnodeRole } from './znode-role.ts';

const acl = new AclTable().open;

function quotaOnQ() {
  const arena = new DataArena();
  const nodes = new Map<string, Znode>();
  const done = { finds: 0, rewrites: 0 };
  const add = (path: string, parent: Znode | undefined, text = '') => {
    const node = new Znode(path, parent, acl, makeZxid(1, 1), 0, 0, ZnodeRole.plain);
    arena.store(node, new TextEncoder().encode(text));
    nodes.set(path, node);
    return node;
  };
  const quotas = new Quotas({
    find: (path) => {
      done.finds++;
      return nodes.get(path);
    },
    subtree: (root) => [root],
    rewrite: (node, data) => {
      done.rewrites++;
      arena.store(node, data);
    },
  });
  add('/q', undefined);
  const top = add('/zookeeper/quota/q', undefined);
  quotas.noteCreated(
    add('/zookeeper/quota/q/zookeeper_limits', top, 'count=-1,bytes=-1=;countHardLimit=500'),
  );
  const stats = add('/zookeeper/quota/q/zookeeper_stats', top, 'count=0,bytes=0');
  quotas.noteCreated(stats);
  quotas.settle();
  const written = () => new TextDecoder().decode(dataOf(stats) ?? undefined);
  return { quotas, done, written };
}

test('a write under a quota does not read the limits and the count again', () => {
  const { quotas, done, written } = quotaOnQ();
  quotas.count('/q/first', 1, 5);
  quotas.settle();
  done.finds = 0;
  for (let i = 0; i < 100; i++) {
    expect(quotas.exceeded('/q', 1, 5)).toEqual([]);
    quotas.count(`/q/${i}`, 1, 5);
    quotas.settle();
  }
  expect(done.finds).toBe(0);
  expect(written()).toBe('count=102,bytes=505');
});

test('the count is written once in a transaction, and not when it stays', () => {
  const { quotas, done, written } = quotaOnQ();
  done.rewrites = 0;
  for (let i = 0; i < 100; i++) quotas.count(`/q/${i}`, 1, 5);
  expect(quotas.exceeded('/q', 400, 0)).toMatchObject([{ limit: 500, value: 501, isHard: true }]);
  quotas.settle();
  expect(done.rewrites).toBe(1);
  expect(written()).toBe('count=101,bytes=500');
  quotas.count('/q/1', 0, 0);
  quotas.settle();
  expect(done.rewrites).toBe(1);
});
