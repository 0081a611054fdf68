import { describe, expect, test } from 'vitest';
import { type Client, type Created, nodeKindOf } from '../src/index.ts';
import type { CoreStage } from './core-stage.ts';

/** Tests of nodes: alone, among others and in transactions. */
export function nodeTests(core: CoreStage): void {
  describe('a node', () => {
    test('a node keeps the data that it was created with', async () => {
      const { client, other, root } = core;
      const text = 'Grüße, 世界 🔑';
      const created = await client.create(`${root}/a`, text);
      expect(created.path).toBe(`${root}/a`);
      expect(created.stat).toMatchObject({ version: 0, numChildren: 0, ephemeralOwner: 0n });
      const { data, stat } = await other.get(`${root}/a`);
      expect(new TextDecoder().decode(data)).toBe(text);
      expect(stat).toEqual(created.stat);
      expect(stat.dataLength).toBe(data.length);
    });

    test.each([
      ['no data', null, ''],
      ['empty data', new Uint8Array(0), ''],
      ['bytes of all values', Uint8Array.from({ length: 256 }, (_, i) => i), undefined],
    ])('a node may have %s', async (_, given, expected) => {
      const { client, other, root } = core;
      await client.create(`${root}/a`, given);
      const { data } = await other.get(`${root}/a`);
      if (expected === undefined) expect(data).toEqual(given);
      else expect(data).toEqual(new Uint8Array(0));
    });

    test('a node may have half a mebibyte of data, but not more than fits into a frame', async () => {
      const { client, other, root } = core;
      const data = new Uint8Array(512 * 1024).fill(7);
      await client.create(`${root}/large`, data);
      expect((await other.get(`${root}/large`)).data).toEqual(data);
      await expect(client.set(`${root}/large`, new Uint8Array(2 * 1024 * 1024))).rejects.toMatchObject({
        code: 'FRAME_TOO_LARGE',
      });
      expect((await client.get(`${root}/large`)).stat.version).toBe(0);
    });

    test('a node counts its versions, and a conditional write succeeds only at the right one', async () => {
      const { client, other, root } = core;
      await client.create(`${root}/a`, '0');
      expect((await client.set(`${root}/a`, '1')).version).toBe(1);
      expect((await client.set(`${root}/a`, '2', { version: 1 })).version).toBe(2);
      const refused = { code: 'BAD_VERSION', path: `${root}/a`, expectedVersion: 1 };
      await expect(client.set(`${root}/a`, '3', { version: 1 })).rejects.toMatchObject(refused);
      await expect(client.delete(`${root}/a`, { version: 1 })).rejects.toMatchObject(refused);
      await client.delete(`${root}/a`, { version: 2 });
      expect(await other.exists(`${root}/a`)).toBeNull();
    });

    test('a sequential node gets a number that grows', async () => {
      const { client, root } = core;
      const mode = 'persistentSequential';
      const created = await Promise.all(
        Array.from({ length: 20 }, () => client.create(`${root}/s-`, null, { mode })),
      );
      const names = created.map(({ path }) => path);
      expect(names[0]).toMatch(/\/s-\d{10}$/);
      expect(names).toEqual([...names].sort());
      expect(new Set(names).size).toBe(20);
      expect((await client.create(`${root}/`, null, { mode })).path).toMatch(/\/\d{10}$/);
    });

    test('an ephemeral node belongs to its session and is deleted with it', async () => {
      const { client, root, open } = core;
      const owner = await open();
      const { stat } = await owner.create(`${root}/e`, null, { mode: 'ephemeral' });
      expect(stat.ephemeralOwner).toBe(owner.session.id);
      await expect(owner.create(`${root}/e/child`)).rejects.toMatchObject({
        code: 'NO_CHILDREN_FOR_EPHEMERALS',
      });
      const sequential = await owner.create(`${root}/es-`, null, { mode: 'ephemeralSequential' });
      await owner.close();
      expect(await client.exists(`${root}/e`)).toBeNull();
      expect(await client.exists(sequential.path)).toBeNull();
    });

    test('a node is created with its parents if asked for', async () => {
      const { client, other, root } = core;
      await Promise.all(
        ['x', 'y', 'z'].map((leaf) => client.create(`${root}/p/q/r/${leaf}`, leaf, { parents: true })),
      );
      expect([...(await other.children(`${root}/p/q/r`)).children].sort()).toEqual(['x', 'y', 'z']);
    });

    test('a node lists its children and counts their changes', async () => {
      const { client, other, root } = core;
      await Promise.all(['a', 'b', 'c'].map((child) => client.create(`${root}/${child}`)));
      await client.delete(`${root}/b`);
      const { children, stat } = await other.children(root);
      expect([...children].sort()).toEqual(['a', 'c']);
      expect(stat).toMatchObject({ numChildren: 2, cversion: 4 });
    });
  });

  describe('a refusal', () => {
    test.each<[string, (c: Client, path: string) => Promise<unknown>, string]>([
      ['reading a missing node is refused', (c, path) => c.get(`${path}/nope`), 'NO_NODE'],
      [
        'listing the children of a missing node is refused',
        (c, path) => c.children(`${path}/nope`),
        'NO_NODE',
      ],
      ['setting a missing node is refused', (c, path) => c.set(`${path}/nope`, ''), 'NO_NODE'],
      ['deleting a missing node is refused', (c, path) => c.delete(`${path}/nope`), 'NO_NODE'],
      ['creating a node without a parent is refused', (c, path) => c.create(`${path}/nope/child`), 'NO_NODE'],
      ['creating a node twice is refused', (c, path) => c.create(path), 'NODE_EXISTS'],
      [
        'deleting a node with children is refused',
        (c, path) => c.create(`${path}/kid`).then(() => c.delete(path)),
        'NOT_EMPTY',
      ],
    ])('%s', async (_, call, code) => {
      const { client, root } = core;
      const error = await call(client, root).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).toMatchObject({ name: 'ConclaveError', code });
      // The session goes on as before.
      expect(await client.exists(root)).not.toBeNull();
    });

    test('the error for a forbidden character in a path names the character', async () => {
      const { client } = core;
      await expect(client.get('/a\u0007b')).rejects.toMatchObject({
        code: 'INVALID_PATH',
        path: '/a\u0007b',
      });
      await expect(client.get('/a\u0007b')).rejects.toThrow('U+0007 at 2');
    });
  });

  describe('a transaction', () => {
    test('a transaction does all of its operations', async () => {
      const { client, other, root } = core;
      await client.create(`${root}/a`, 'old');
      const results = await client.multi([
        { type: 'check', path: `${root}/a`, version: 0 },
        { type: 'set', path: `${root}/a`, data: 'new' },
        { type: 'create', path: `${root}/b`, data: 'b' },
        { type: 'create', path: `${root}/s-`, mode: 'persistentSequential' },
        { type: 'delete', path: `${root}/a`, version: 1 },
      ]);
      expect(results.map(({ type }) => type)).toEqual(['check', 'set', 'create', 'create', 'delete']);
      expect(results[1]).toMatchObject({ stat: { version: 1 } });
      expect(results[2]).toMatchObject({ path: `${root}/b` });
      expect([...(await other.children(root)).children].sort()).toEqual([
        'b',
        expect.stringMatching(/^s-\d{10}$/),
      ]);
    });

    test('a refused transaction does none of its operations, and its error says which one was refused', async () => {
      const { client, other, root } = core;
      const error = await client
        .multi([
          { type: 'create', path: `${root}/a` },
          { type: 'set', path: `${root}/nope`, data: '' },
          { type: 'create', path: `${root}/b` },
        ])
        .catch((cause: unknown) => cause);
      expect(error).toMatchObject({
        name: 'MultiError',
        code: 'NO_NODE',
        index: 1,
        path: `${root}/nope`,
        codes: ['OK', 'NO_NODE', 'RUNTIME_INCONSISTENCY'],
      });
      expect((await other.children(root)).children).toEqual([]);
    });

    test('a transaction may be empty', async () => {
      const { client } = core;
      expect(await client.multi([])).toEqual([]);
    });
  });

  describe('a node that goes by itself', () => {
    test('the stat of a container and of a node with a time to live shows the kind', async () => {
      const { target, client, root } = core;
      const kindOf = ({ stat }: Created) => nodeKindOf(stat.ephemeralOwner);
      const container = await client.create(`${root}/c`, null, { mode: 'container' });
      expect(kindOf(container)).toEqual({ kind: target.native ? 'container' : 'persistent' });
      const mortal = client.create(`${root}/t`, null, { ttlMs: 60_000 });
      if (target.native) expect(kindOf(await mortal)).toEqual({ kind: 'ttl', ttlMs: 60_000 });
      else await expect(mortal).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
      const ephemeral = await client.create(`${root}/e`, null, { mode: 'ephemeral' });
      expect(kindOf(ephemeral)).toEqual({ kind: 'ephemeral', sessionId: client.session.id });
    });

    test('a node with a time to live is deleted when it is not set', async () => {
      const { target, client, other, root } = core;
      if (!target.native) return;
      const { path } = await client.create(`${root}/t-`, null, { mode: 'persistentSequential', ttlMs: 50 });
      const watch = other.watch(path);
      while ((await other.exists(path)) !== null) await watch.next();
      await watch.return();
    });
  });

  describe('a node among others', () => {
    test('multiRead reads several nodes, and one that is refused does not fail the others', async () => {
      const { client, other, root } = core;
      await client.create(`${root}/a`, 'x');
      const [data, children, missing] = await other.multiRead([
        { type: 'get', path: `${root}/a` },
        { type: 'children', path: root },
        { type: 'get', path: `${root}/nope` },
      ]);
      expect(data).toMatchObject({ type: 'get', stat: { dataLength: 1 } });
      expect(data?.type === 'get' && new TextDecoder().decode(data.data)).toBe('x');
      expect(children).toEqual({ type: 'children', children: ['a'] });
      expect(missing).toMatchObject({ type: 'error', error: { code: 'NO_NODE', path: `${root}/nope` } });
    });

    test('childPages returns every child once, in the order of the names', async () => {
      const { client, other, root } = core;
      const names = Array.from({ length: 25 }, (_, i) => `n${String(i).padStart(2, '0')}`);
      await Promise.all([...names].reverse().map((name) => client.create(`${root}/${name}`)));
      const pages: number[] = [];
      const read: string[] = [];
      for await (const { children, stat } of other.childPages(root, { pageSize: 10 })) {
        pages.push(children.length);
        read.push(...children);
        expect(stat.numChildren).toBe(25);
      }
      expect(pages).toEqual([10, 10, 5]);
      expect(read).toEqual(names);
      expect(await other.countDescendants(root)).toBe(25);
    });
  });
}
