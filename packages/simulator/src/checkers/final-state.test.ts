import type { Client } from '@conclave/client';
import { type Acl, OPEN_ACL, Permission } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkFinalState } from './final-state.ts';
import { at } from './past.fixture.ts';
import { StateModel } from './state-model.ts';
import type { NewNode } from './znode-history.ts';

/** A model that tests change directly, without transactions. */
class Written extends StateModel {
  make(path: string, counter: number, node: Partial<NewNode> = {}): void {
    const plain = { data: new TextEncoder().encode('data'), owner: 0, contends: false, acl: OPEN_ACL };
    this.makeNode(path, { ...plain, ...node }, at(counter));
  }
  remove(path: string, counter: number): void {
    this.removeNode(path, at(counter));
  }
  allow(path: string, acl: readonly Acl[], counter: number): void {
    this.setAcl(path, acl, at(counter));
  }
}

/** Returns a node as a server would report it. */
function shown(czxid: number) {
  const made = { czxid: at(czxid), mzxid: at(czxid), pzxid: at(czxid), ctime: 0n, mtime: 0n };
  const counts = { version: 0, cversion: 0, aversion: 0, dataLength: 4, numChildren: 0 };
  const stat = { ...made, ...counts, ephemeralOwner: 0n };
  return { stat, data: new TextEncoder().encode('data'), children: [] as string[], acl: OPEN_ACL };
}
type Shown = ReturnType<typeof shown>;

const READ: Acl = { permissions: Permission.read, scheme: 'world', id: 'anyone' };
let state: Written;
let servers: Record<'/a' | '/a/x', Shown>;

/** A client that reads from `servers`. */
const client = {
  sync: async () => {},
  get: async (path: string) => servers[path as keyof typeof servers],
  children: async (path: string) => servers[path as keyof typeof servers],
  getAcl: async (path: string) => servers[path as keyof typeof servers],
} as unknown as Client;

beforeEach(() => {
  state = new Written();
  state.make('/a', 1);
  state.make('/a/x', 2);
  state.make('/a/y', 3);
  state.remove('/a/y', 4);
  state.allow('/a', [READ], 5);
  const parent = shown(1);
  Object.assign(parent.stat, { cversion: 3, pzxid: at(4), aversion: 1, numChildren: 1 });
  servers = { '/a': { ...parent, children: ['x'], acl: [READ] }, '/a/x': shown(2) };
});

test('the final state is correct if everything is as it was committed', async () => {
  await expect(checkFinalState(client, state)).resolves.toBeUndefined();
});

describe('the final state is wrong', () => {
  test.each<[string, (node: Shown) => void]>([
    ['version', ({ stat }) => stat.version++],
    ['cversion', ({ stat }) => stat.cversion--],
    ['aversion', ({ stat }) => stat.aversion--],
    ['pzxid', ({ stat }) => Object.assign(stat, { pzxid: at(3) })],
    ['mzxid', ({ stat }) => Object.assign(stat, { mzxid: at(2) })],
    ['ctime', ({ stat }) => stat.ctime++],
    ['mtime', ({ stat }) => stat.mtime++],
    ['dataLength', ({ stat }) => stat.dataLength++],
    ['numChildren', ({ stat }) => stat.numChildren++],
    ['ephemeralOwner', ({ stat }) => stat.ephemeralOwner++],
    ['children', ({ children }) => children.push('y')],
    ['data', ({ data }) => data.fill(120)],
    ['acl', (node) => Object.assign(node, { acl: OPEN_ACL })],
  ])('if a node has another %s', async (_, change) => {
    change(servers['/a']);
    const property = 'the state is what was committed';
    await expect(checkFinalState(client, state)).rejects.toMatchObject({ property });
  });
});
