import { CuttingProxy } from '@conclave/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ClientState, CREATOR_ACL, digestId, Permission, type WatchEvent } from '../src/index.ts';
import type { CoreStage } from './core-stage.ts';

/** Tests of sessions: the order of calls, the chroot, the identities, and how a session survives and ends. */
export function sessionTests(core: CoreStage): void {
  describe('order', () => {
    test('calls of one turn of the event loop happen in their order, with other clients between them', async () => {
      const { client, root } = core;
      await client.create(`${root}/a`);
      const stats = await Promise.all(Array.from({ length: 500 }, (_, i) => client.set(`${root}/a`, `${i}`)));
      expect(stats.map(({ version }) => version)).toEqual(stats.map((_, i) => i + 1));
      const [written, read] = await Promise.all([client.set(`${root}/a`, 'x'), client.get(`${root}/a`)]);
      expect(read.stat.mzxid).toBe(written.mzxid);
    });

    test('a linearizable read sees every write that another client has an answer to', async () => {
      const { client, other, root } = core;
      for (let i = 0; i < 50; i++) {
        const { mzxid } = await other.set(root, `${i}`);
        expect((await client.get(root)).stat.mzxid).toBe(mzxid);
      }
    });

    test('a session-consistent read after sync sees every write that another client has an answer to', async () => {
      const { client, other, root } = core;
      for (let i = 0; i < 20; i++) {
        const { mzxid } = await other.set(root, `${i}`);
        const [, read] = await Promise.all([client.sync(), client.get(root, { consistency: 'session' })]);
        expect(read.stat.mzxid).toBe(mzxid);
      }
    });
  });

  describe('a chroot', () => {
    test('a chroot is the root of all paths in requests, answers and events', async () => {
      const { client, root, open } = core;
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

    test("a client with a chroot lists its own ephemeral nodes and the ensemble's members", async () => {
      const { target, client, root, open } = core;
      const inside = await open({ chroot: root });
      await inside.create('/e', null, { mode: 'ephemeral' });
      expect(await inside.ephemerals()).toEqual(['/e']);
      const { text, members } = await inside.config();
      expect(text).toBe((await client.config()).text);
      expect(members.length).toBe(target.native ? 3 : 0);
    });
  });

  describe('an identity', () => {
    test('a node with an ACL is refused to sessions without the identity', async () => {
      const { client, other, root, open } = core;
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

    test('missing parents are created by an identity that may not write further up', async () => {
      const { client, root } = core;
      const readOnly = { scheme: 'world', id: 'anyone', permissions: Permission.read };
      await client.create(`${root}/closed`);
      await client.create(`${root}/closed/open`);
      await client.setAcl(`${root}/closed`, [readOnly]);
      await client.create(`${root}/closed/open/a/b/c`, null, { parents: true });
      await client.setAcl(`${root}/closed/open`, [readOnly]);
      await expect(client.create(`${root}/closed/open/x/y/z`, null, { parents: true })).rejects.toMatchObject(
        { code: 'NO_AUTH', path: `${root}/closed/open/x` },
      );
    });

    test('an identity of an unknown scheme is refused and leaves the session as it was', async () => {
      const { root, open } = core;
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
    test('an aborted read rejects with the reason, and a write that was sent with OUTCOME_UNKNOWN', async () => {
      const { client, root } = core;
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
      const { target } = core;
      const [server = ''] = target.servers;
      const url = new URL(server);
      proxy = await CuttingProxy.listen(Number(url.port));
      throughProxy = `${url.protocol}//127.0.0.1:${proxy.port}`;
    });
    afterEach(async () => {
      await core.closeAll({ signal: AbortSignal.timeout(500) });
      await proxy[Symbol.asyncDispose]();
    });

    test('a session survives its connections, with its nodes and its watches', async () => {
      const { client, root, open } = core;
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
          // The node changes while the client is disconnected.
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

    test('calls wait for the next connection', async () => {
      const { root, open } = core;
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

    test('a session that is cut off ends in the client before it ends in the ensemble, and its nodes are deleted', async () => {
      const { target, client, root, open } = core;
      const sessionTimeoutMs = target.sessionTimeoutMsMin;
      // Without a heartbeat thread the proxy is the only way to the ensemble.
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

    test('every write happens once although every answer is lost once', async () => {
      const { target, root, open } = core;
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
        // If the last write was not sent again, the connection may not be back yet.
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
}
