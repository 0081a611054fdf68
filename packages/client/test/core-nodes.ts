import { describe, expect, test } from 'vitest';
import { type Client, type Created, nodeKindOf } from '../src/index.ts';
import type { CoreStage } from './core-stage.ts';

/** What nodes are, alone, among others and in transactions. */
export function nodeTests(core: CoreStage): void {
  describe('a node', () => {
    test('keeps what it was given', async () => {
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
    ])('may have %s', async (_, given, expected) => {
      const { client, other, root } = core;
      await client.create(`${root}/a`, given);
      const { data } = await other.get(`${root}/a`);
      if (expected === undefined) expect(data).toEqual(given);
      else expect(data).toEqual(new Uint8Array(0));
    });

    test('may have half a mebibyte, and not more than fits', async () => {
      const { client, other, root } = core;
      const data = new Uint8Array(512 * 1024).fill(7);
      await client.create(`${root}/large`, data);
      expect((await other.get(`${root}/large`)).data).toEqual(data);
      await expect(client.set(`${root}/large`, new Uint8Array(2 * 1024 * 1024))).rejects.toMatchObject({
        code: 'FRAME_TOO_LARGE',
      });
      expect((await client.get(`${root}/large`)).stat.version).toBe(0);
    });

    test('counts its versions, and takes a conditional write only at the right one', async () => {
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

    test('that is sequential gets a number that grows', async () => {
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

    test('that is ephemeral belongs to its session and goes with it', async () => {
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

    test('is created with its parents when asked', async () => {
      const { client, other, root } = core;
      await Promise.all(
        ['x', 'y', 'z'].map((leaf) => client.create(`${root}/p/q/r/${leaf}`, leaf, { parents: true })),
      );
      expect([...(await other.children(`${root}/p/q/r`)).children].sort()).toEqual(['x', 'y', 'z']);
    });

    test('tells its children and counts their changes', async () => {
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
      ['reading what is not there', (c, path) => c.get(`${path}/nope`), 'NO_NODE'],
      ['listing what is not there', (c, path) => c.children(`${path}/nope`), 'NO_NODE'],
      ['setting what is not there', (c, path) => c.set(`${path}/nope`, ''), 'NO_NODE'],
      ['deleting what is not there', (c, path) => c.delete(`${path}/nope`), 'NO_NODE'],
      ['creating without a parent', (c, path) => c.create(`${path}/nope/child`), 'NO_NODE'],
      ['creating twice', (c, path) => c.create(path), 'NODE_EXISTS'],
      ['deleting a parent', (c, path) => c.create(`${path}/kid`).then(() => c.delete(path)), 'NOT_EMPTY'],
    ])('%s', async (_, call, code) => {
      const { client, root } = core;
      const error = await call(client, root).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).toMatchObject({ name: 'ConclaveError', code });
      // The session is as good as before.
      expect(await client.exists(root)).not.toBeNull();
    });

    test('of a path names the character', async () => {
      const { client } = core;
      await expect(client.get('/a\u0007b')).rejects.toMatchObject({
        code: 'INVALID_PATH',
        path: '/a\u0007b',
      });
      await expect(client.get('/a\u0007b')).rejects.toThrow('U+0007 at 2');
    });
  });

  describe('a transaction', () => {
    test('does all of its operations', async () => {
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

    test('does none of them when one is refused, and says which', async () => {
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

    test('may be empty', async () => {
      const { client } = core;
      expect(await client.multi([])).toEqual([]);
    });
  });

  describe('a node that goes by itself', () => {
    test('tells its kind', async () => {
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

    test('does so when nobody sets it', async () => {
      const { target, client, other, root } = core;
      if (!target.native) return;
      const { path } = await client.create(`${root}/t-`, null, { mode: 'persistentSequential', ttlMs: 50 });
      const watch = other.watch(path);
      while ((await other.exists(path)) !== null) await watch.next();
      await watch.return();
    });
  });

  describe('a node among others', () => {
    test('is read together with them, each for itself', async () => {
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

    test('comes in the order of its name, on some page', async () => {
      const { client, other, root } = core;
      const names = Array.from({ length: 25 }, (_, i) => `n${String(i).padStart(2, '0')}`);
      await Promise.all([...names].reverse().map((name) => client.create(`${root}/${name}`)));
      const pages: number[] = [];
      const told: string[] = [];
      for await (const { children, stat } of other.childPages(root, { pageSize: 10 })) {
        pages.push(children.length);
        told.push(...children);
        expect(stat.numChildren).toBe(25);
      }
      expect(pages).toEqual([10, 10, 5]);
      expect(told).toEqual(names);
      expect(await other.countDescendants(root)).toBe(25);
    });
  });
}
