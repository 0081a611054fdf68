import { CuttingProxy } from '@conclave/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type ChangeEvent,
  type Client,
  type ClientState,
  type ConnectOptions,
  CREATOR_ACL,
  type Created,
  connect,
  digestId,
  nodeKindOf,
  Permission,
  type WatchEvent,
} from '../src/index.ts';

/** A running ensemble. */
export interface CoreTarget {
  /** Connection strings. */
  readonly servers: readonly string[];
  /** Whether its sessions are Conclave's own. */
  readonly native: boolean;
  /** The shortest session timeout it grants, in milliseconds. */
  readonly sessionTimeoutMsMin: number;
  stop(): Promise<void>;
}

/**
 * What the client's core promises, tried against a real ensemble. It is the same for every server and transport;
 * where ZooKeeper's servers cannot do what Conclave's can, both outcomes stand here. `skipped` says why it cannot run.
 */
export function coreSuite(name: string, startTarget: () => Promise<CoreTarget>, skipped?: string): void {
  const title =
    skipped === undefined ? `the core with ${name}` : `the core with ${name} (skipped: ${skipped})`;
  describe.skipIf(skipped !== undefined)(title, () => {
    let target: CoreTarget;
    let client: Client;
    let other: Client;
    /** A node of the test's own, and the paths below it. */
    let root: string;
    let count = 0;
    const opened: Client[] = [];

    beforeAll(async () => {
      target = await startTarget();
    });
    afterAll(async () => {
      await target?.stop();
    });
    beforeEach(async () => {
      [client, other] = await Promise.all([open(), open()]);
      root = `/core-${name.replace(/[^a-z]/gi, '-')}-${++count}`;
      await client.create(root);
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((one) => one.close()));
    });

    async function open(options: Partial<ConnectOptions> = {}): Promise<Client> {
      const one = await connect({ servers: target.servers, sessionTimeoutMs: 8_000, ...options });
      opened.push(one);
      return one;
    }

    describe('a node', () => {
      test('keeps what it was given', async () => {
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
        await client.create(`${root}/a`, given);
        const { data } = await other.get(`${root}/a`);
        if (expected === undefined) expect(data).toEqual(given);
        else expect(data).toEqual(new Uint8Array(0));
      });

      test('may have half a mebibyte, and not more than fits', async () => {
        const data = new Uint8Array(512 * 1024).fill(7);
        await client.create(`${root}/large`, data);
        expect((await other.get(`${root}/large`)).data).toEqual(data);
        await expect(client.set(`${root}/large`, new Uint8Array(2 * 1024 * 1024))).rejects.toMatchObject({
          code: 'FRAME_TOO_LARGE',
        });
        expect((await client.get(`${root}/large`)).stat.version).toBe(0);
      });

      test('counts its versions, and takes a conditional write only at the right one', async () => {
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
        await Promise.all(
          ['x', 'y', 'z'].map((leaf) => client.create(`${root}/p/q/r/${leaf}`, leaf, { parents: true })),
        );
        expect([...(await other.children(`${root}/p/q/r`)).children].sort()).toEqual(['x', 'y', 'z']);
      });

      test('tells its children and counts their changes', async () => {
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
        const error = await call(client, root).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        expect(error).toMatchObject({ name: 'ConclaveError', code });
        // The session is as good as before.
        expect(await client.exists(root)).not.toBeNull();
      });

      test('of a path names the character', async () => {
        await expect(client.get('/a\u0007b')).rejects.toMatchObject({
          code: 'INVALID_PATH',
          path: '/a\u0007b',
        });
        await expect(client.get('/a\u0007b')).rejects.toThrow('U+0007 at 2');
      });
    });

    describe('a transaction', () => {
      test('does all of its operations', async () => {
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
        expect(await client.multi([])).toEqual([]);
      });
    });

    describe('order', () => {
      test('calls of one turn happen in their order, with others between them', async () => {
        await client.create(`${root}/a`);
        const stats = await Promise.all(
          Array.from({ length: 500 }, (_, i) => client.set(`${root}/a`, `${i}`)),
        );
        expect(stats.map(({ version }) => version)).toEqual(stats.map((_, i) => i + 1));
        const [written, read] = await Promise.all([client.set(`${root}/a`, 'x'), client.get(`${root}/a`)]);
        expect(read.stat.mzxid).toBe(written.mzxid);
      });

      test('a linearizable read sees what somebody else was answered', async () => {
        for (let i = 0; i < 50; i++) {
          const { mzxid } = await other.set(root, `${i}`);
          expect((await client.get(root)).stat.mzxid).toBe(mzxid);
        }
      });

      test('so does a session-consistent one after sync', async () => {
        for (let i = 0; i < 20; i++) {
          const { mzxid } = await other.set(root, `${i}`);
          const [, read] = await Promise.all([client.sync(), client.get(root, { consistency: 'session' })]);
          expect(read.stat.mzxid).toBe(mzxid);
        }
      });
    });

    describe('watches', () => {
      test.each<
        [string, (c: Client, path: string) => Promise<unknown>, 'exists' | 'get' | 'children', string]
      >([
        ['created', (c, path) => c.create(`${path}/a`), 'exists', '/a'],
        ['dataChanged', (c, path) => c.set(path, 'x'), 'get', ''],
        ['dataChanged', (c, path) => c.set(path, 'x'), 'exists', ''],
        ['deleted', (c, path) => c.delete(path), 'get', ''],
        ['deleted', (c, path) => c.delete(path), 'children', ''],
        ['childrenChanged', (c, path) => c.create(`${path}/a`), 'children', ''],
      ])('tell %s once', async (type, change, read, suffix) => {
        const path = root + suffix;
        const events: WatchEvent[] = [];
        const fired = new Promise<void>((resolve) => {
          const watch = (event: WatchEvent) => {
            events.push(event);
            resolve();
          };
          void Promise.resolve(client[read](path, { watch })).then(() => change(other, root));
        });
        await fired;
        await other.create(`${root}-more`);
        await client.sync();
        expect(events).toMatchObject([{ type, path }]);
      });

      test('are told before the read that shows the change', async () => {
        const order: string[] = [];
        await client.get(root, { watch: () => order.push('event') });
        await other.set(root, 'x');
        await client.get(root).then(() => order.push('read'));
        expect(order).toEqual(['event', 'read']);
      });

      test('follow a node through all that happens to it', async () => {
        const path = `${root}/a`;
        const watch = client.watch(path);
        await client.sync();
        const changes: (() => Promise<unknown>)[] = [
          () => other.create(path),
          () => other.set(path, '1'),
          () => other.delete(path),
          () => other.create(path),
        ];
        const seen: (ChangeEvent['type'] | undefined)[] = [];
        for (const change of changes) {
          const next = watch.next();
          await change();
          seen.push((await next).value?.type);
        }
        await watch.return();
        expect(seen).toEqual(['created', 'dataChanged', 'deleted', 'created']);
      });

      test('tell every change of a subtree, one by one', async () => {
        const watch = client.watch(root, { recursive: true });
        await client.sync();
        await other.create(`${root}/a`);
        await other.create(`${root}/a/b`);
        await other.set(`${root}/a`, '1');
        await other.set(`${root}/a`, '2');
        await other.delete(`${root}/a/b`);
        const seen: string[] = [];
        for await (const { type, path } of watch) {
          if (seen.push(`${type} ${path.slice(root.length)}`) === 5) break;
        }
        expect(seen).toEqual([
          'created /a',
          'created /a/b',
          'dataChanged /a',
          'dataChanged /a',
          'deleted /a/b',
        ]);
      });

      test('tell that the children of a node come and go, and no more of them', async () => {
        const watch = client.watch(root, { recursive: false });
        await client.sync();
        await other.create(`${root}/a`);
        await other.set(`${root}/a`, '1');
        await other.set(root, '2');
        const events = [(await watch.next()).value, (await watch.next()).value];
        expect(events).toMatchObject([
          { type: 'childrenChanged', path: root },
          { type: 'dataChanged', path: root },
        ]);
        await watch.return();
      });

      test('follow the children of a node', async () => {
        const watch = client.watch(root, { kind: 'children' });
        await client.sync();
        for (const child of ['a', 'b', 'c']) {
          const next = watch.next();
          await other.create(`${root}/${child}`);
          expect((await next).value).toMatchObject({ type: 'childrenChanged', path: root });
        }
        await watch.return();
      });
    });

    describe('a chroot', () => {
      test('is the root for all that is asked and told', async () => {
        const inside = await open({ chroot: root });
        const events: WatchEvent[] = [];
        expect(await inside.exists('/a', { watch: (event) => events.push(event) })).toBeNull();
        expect((await inside.create('/a', 'x')).path).toBe('/a');
        expect((await inside.children('/')).children).toEqual(['a']);
        await expect(inside.get('/b')).rejects.toMatchObject({ code: 'NO_NODE', path: '/b' });
        await inside.sync();
        expect(events).toMatchObject([{ type: 'created', path: '/a' }]);
        expect((await client.get(`${root}/a`)).stat.dataLength).toBe(1);
      });

      test("has ephemeral nodes of its own, and the ensemble's members", async () => {
        const inside = await open({ chroot: root });
        await inside.create('/e', null, { mode: 'ephemeral' });
        expect(await inside.ephemerals()).toEqual(['/e']);
        const { text, members } = await inside.config();
        expect(text).toBe((await client.config()).text);
        expect(members.length).toBe(target.native ? 3 : 0);
      });
    });

    describe('a node that goes by itself', () => {
      test('tells its kind', async () => {
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
        if (!target.native) return;
        const { path } = await client.create(`${root}/t-`, null, { mode: 'persistentSequential', ttlMs: 50 });
        const watch = other.watch(path);
        while ((await other.exists(path)) !== null) await watch.next();
        await watch.return();
      });
    });

    describe('a node among others', () => {
      test('is read together with them, each for itself', async () => {
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

    describe('an identity', () => {
      test('is asked for by a node that is its own', async () => {
        await client.addAuth('digest', 'ann:secret');
        await client.create(`${root}/a`, 'x', { acl: CREATOR_ACL });
        await expect(other.get(`${root}/a`)).rejects.toMatchObject({ code: 'NO_AUTH', path: `${root}/a` });
        const ann = await open({ auth: [{ scheme: 'digest', credential: 'ann:secret' }] });
        expect((await ann.get(`${root}/a`)).stat.dataLength).toBe(1);
        const reader = { scheme: 'world', id: 'anyone', permissions: Permission.read };
        const { acl, stat } = await ann.getAcl(`${root}/a`);
        expect(acl).toMatchObject([{ scheme: 'digest', id: await digestId('ann', 'secret') }]);
        await ann.setAcl(`${root}/a`, [...acl, reader], { version: stat.aversion });
        await expect(ann.setAcl(`${root}/a`, acl, { version: stat.aversion })).rejects.toMatchObject({
          code: 'BAD_VERSION',
          expectedVersion: stat.aversion,
        });
        expect((await other.get(`${root}/a`)).stat.aversion).toBe(1);
        expect(await ann.whoAmI()).toContainEqual({ scheme: 'digest', id: 'ann' });
      });

      test('may make parents where it may, whatever it may not above', async () => {
        const readOnly = { scheme: 'world', id: 'anyone', permissions: Permission.read };
        await client.create(`${root}/closed`);
        await client.create(`${root}/closed/open`);
        await client.setAcl(`${root}/closed`, [readOnly]);
        await client.create(`${root}/closed/open/a/b/c`, null, { parents: true });
        await client.setAcl(`${root}/closed/open`, [readOnly]);
        await expect(
          client.create(`${root}/closed/open/x/y/z`, null, { parents: true }),
        ).rejects.toMatchObject({ code: 'NO_AUTH', path: `${root}/closed/open/x` });
      });

      test('of a scheme that is not there leaves the session as it was', async () => {
        const mine = await open();
        await mine.create(`${root}/e`, null, { mode: 'ephemeral' });
        await expect(mine.addAuth('nosuch', 'x')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
        expect(await mine.exists(`${root}/e`)).toMatchObject({ ephemeralOwner: mine.session.id });
        await expect(open({ auth: [{ scheme: 'nosuch', credential: 'x' }] })).rejects.toMatchObject({
          code: 'AUTH_FAILED',
        });
      });
    });

    describe('aborting', () => {
      test('a read rejects with the reason; a write that left has an unknown outcome', async () => {
        const aborter = new AbortController();
        const { signal } = aborter;
        const calls = [client.get(root, { signal }), client.set(root, 'x', { signal })].map(
          (call: Promise<unknown>) => call.catch((error: unknown) => error),
        );
        aborter.abort('enough');
        expect(await Promise.all(calls)).toMatchObject([
          'enough',
          { code: 'OUTCOME_UNKNOWN', cause: 'enough' },
        ]);
        expect(await client.exists(root)).not.toBeNull();
      });
    });

    describe('a session', () => {
      let proxy: CuttingProxy;
      let throughProxy: string;

      beforeEach(async () => {
        const [server = ''] = target.servers;
        const url = new URL(server);
        proxy = await CuttingProxy.listen(Number(url.port));
        throughProxy = `${url.protocol}//127.0.0.1:${proxy.port}`;
      });
      afterEach(async () => {
        await Promise.all(opened.splice(0).map((one) => one.close({ signal: AbortSignal.timeout(500) })));
        await proxy[Symbol.asyncDispose]();
      });

      test('outlives its connections, with its nodes and its watches', async () => {
        const moving = await open({ servers: [throughProxy] });
        const { id } = moving.session;
        const states: ClientState[] = [];
        moving.onState((state) => states.push(state));
        await moving.create(`${root}/e`, null, { mode: 'ephemeral' });
        const fired = new Promise((resolve) => {
          void moving.exists(`${root}/later`, { watch: resolve });
        });
        const watch = moving.watch(root, { kind: 'children' });
        await moving.sync();
        const next = watch.next();
        for (let i = 0; i < 3; i++) {
          const reconnected = new Promise<void>((resolve) => moving.onReconnected(resolve));
          proxy.refusing = i === 2;
          proxy.cut();
          if (i === 2) {
            // Changed while nobody listened.
            await client.create(`${root}/later`);
            proxy.refusing = false;
          }
          await reconnected;
        }
        expect(await fired).toMatchObject({ type: 'created', path: `${root}/later` });
        expect((await next).value).toMatchObject({ type: 'childrenChanged' });
        expect(moving.session.id).toBe(id);
        expect(await moving.exists(`${root}/e`)).toMatchObject({ ephemeralOwner: id });
        expect(states.slice(0, 2)).toEqual(['suspended', 'connected']);
      });

      test('waits with its calls for the next connection', async () => {
        const moving = await open({ servers: [throughProxy] });
        const suspended = new Promise<void>((resolve) => moving.onState(() => resolve()));
        proxy.refusing = true;
        proxy.cut();
        await suspended;
        const calls = Promise.all([moving.set(root, 'x'), moving.get(root)]);
        const aborted = moving.get(root, { signal: AbortSignal.timeout(50) });
        await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' });
        proxy.refusing = false;
        const [written, read] = await calls;
        expect(read.stat.mzxid).toBe(written.mzxid);
      });

      test('that is cut off ends here before it ends there, and its nodes go', async () => {
        const sessionTimeoutMs = target.sessionTimeoutMsMin;
        // Without a thread the proxy is the only way.
        const lost = await open({ servers: [throughProxy], sessionTimeoutMs });
        await lost.create(`${root}/e`, null, { mode: 'ephemeral' });
        const deleted = new Promise<number>((resolve) => {
          void client.exists(`${root}/e`, { watch: () => resolve(performance.now()) });
        });
        const ended = new Promise<number>((resolve) => {
          lost.session.signal.addEventListener('abort', () => resolve(performance.now()));
        });
        await client.sync();
        const { signal } = lost.session;
        proxy.refusing = true;
        proxy.cut();
        const [endedAt, deletedAt] = await Promise.all([ended, deleted]);
        expect(endedAt).toBeLessThan(deletedAt);
        expect(signal.reason).toMatchObject({ code: 'SESSION_EXPIRED' });
        expect(lost.state).toBe('expired');
        await expect(lost.get(root)).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
      });

      test('takes writes once though every answer is lost once', async () => {
        const moving = await open({ servers: [throughProxy], liveness: 'loop' });
        await moving.create(`${root}/n`);
        let isArmed = false;
        let cuts = 0;
        proxy.judge = (direction) => {
          if (direction !== 'toClient' || !isArmed) return 'pass';
          isArmed = false;
          cuts++;
          return 'cut';
        };
        const outcomes: string[] = [];
        for (let i = 0; i < 20; i++) {
          // Where the last write was not sent again, the connection may not be back yet.
          await moving.exists(root, { consistency: 'session' });
          isArmed = true;
          const outcome = await moving.set(`${root}/n`, `${i}`).then(
            ({ version }) => (version === i + 1 ? 'once' : `version ${version}`),
            (error: { code: string }) => error.code,
          );
          outcomes.push(outcome);
        }
        proxy.judge = () => 'pass';
        expect(cuts).toBe(20);
        expect(outcomes).toEqual(outcomes.map(() => (target.native ? 'once' : 'OUTCOME_UNKNOWN')));
        expect((await moving.get(`${root}/n`)).stat.version).toBe(20);
      });
    });
  });
}
