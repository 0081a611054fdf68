import { type Client, type ConnectOptions, connect } from '@conclave/client';
import { CuttingProxy } from '@conclave/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { barrier, doubleBarrier, election, type LineHolder, mutex } from '../src/index.ts';
import { LimitedResource } from './limited-resource.ts';
import { loopTurn } from './loop-turn.ts';

/** A running ensemble of Conclave servers. */
export interface RecipesTarget {
  /** Connection strings, all of one transport. */
  readonly servers: readonly string[];
  stop(): Promise<void>;
}

/** The promises of the recipes, tested against a real ensemble through connections that break. */
export function recipesSuite(name: string, startTarget: () => Promise<RecipesTarget>): void {
  describe(`the recipes with ${name}`, () => {
    let target: RecipesTarget;
    let client: Client;
    let other: Client;
    let path = '';
    let count = 0;
    const disposed: AsyncDisposable[] = [];

    beforeAll(async () => {
      target = await startTarget();
    });
    afterAll(async () => {
      await target?.stop();
    });
    beforeEach(async () => {
      [client, other] = await Promise.all([open(), open()]);
      path = `/recipes/${++count}`;
    });
    afterEach(async () => {
      await Promise.all(disposed.splice(0).map((one) => one[Symbol.asyncDispose]()));
    });

    async function open(options: Partial<ConnectOptions> = {}): Promise<Client> {
      const one = await connect({ servers: target.servers, sessionTimeoutMs: 8_000, ...options });
      disposed.push(one);
      return one;
    }

    /** A client that reaches the ensemble only through a proxy that can be cut. */
    async function openBehindProxy(options: Partial<ConnectOptions> = {}) {
      const [server = ''] = target.servers;
      const { protocol, port } = new URL(server);
      const proxy = await CuttingProxy.listen(Number(port));
      disposed.push(proxy);
      const one = await open({
        servers: [`${protocol}//127.0.0.1:${proxy.port}`],
        backoff: { minMs: 1, maxMs: 20 },
        ...options,
      });
      return { proxy, client: one };
    }

    const waiting = async () => (await client.children(path)).children.length;

    describe('a lock', () => {
      test('a lock keeps others out while connections break', async () => {
        const resource = new LimitedResource();
        const cycles = 15;
        const users = await Promise.all([1, 2, 3, 4].map(() => openBehindProxy()));
        let done = 0;
        const using = users.map(async ({ client: user }, i) => {
          for (let cycle = 0; cycle < cycles; cycle++) {
            await using held = await mutex(user, path).acquire();
            await resource.use(`user ${i}`, held.fencingToken, loopTurn);
            held.signal.throwIfAborted();
          }
          done++;
        });
        const cutting = async () => {
          for (let i = 0; done < users.length; i++) {
            const { proxy, client: cut } = users[i % users.length] ?? users[0] ?? (await openBehindProxy());
            const back = new Promise<void>((resolve) => {
              const forget = cut.onReconnected(() => {
                forget();
                resolve();
              });
            });
            proxy.cut();
            await Promise.race([back, Promise.all(using)]);
          }
        };
        await Promise.all([...using, cutting()]);
        expect(resource.complaints).toEqual([]);
        expect(resource.uses).toBe(users.length * cycles);
        expect(await waiting()).toBe(0);
      });

      test('a lock is passed on in the order of the requests', async () => {
        const first = await mutex(client, path).acquire();
        const order: number[] = [];
        const rest = Array.from({ length: 100 }, async (_, i) => {
          await using held = await mutex(i % 2 === 0 ? other : client, path).acquire({
            onQueued: ({ position }) => {
              order.push(position);
            },
          });
          return held.fencingToken;
        });
        await loopTurn();
        await first.release();
        const tokens = await Promise.all(rest);
        expect(new Set(tokens).size).toBe(100);
        expect(order.every((position) => position >= 1)).toBe(true);
        expect(await waiting()).toBe(0);
      });

      test('a lock is passed on when its holder dies', async () => {
        const holder = await open();
        const held = await mutex(holder, path).acquire();
        const next = mutex(client, path).acquire();
        await holder.close();
        expect(held.signal.aborted).toBe(true);
        expect((await next).fencingToken).toBeGreaterThan(held.fencingToken);
      });

      test('a holder that is cut off gives a lock up before another one gets it', async () => {
        const { proxy, client: holder } = await openBehindProxy({ sessionTimeoutMs: 1_500 });
        const held = await mutex(holder, path).acquire();
        const lostAt = new Promise<number>((resolve) => {
          held.signal.addEventListener('abort', () => resolve(performance.now()));
        });
        const grantedAt = mutex(client, path)
          .acquire()
          .then(() => performance.now());
        proxy.refusing = true;
        proxy.cut();
        expect(await lostAt).toBeLessThan(await grantedAt);
        await expect(client.create(`${path}-work`, null, { guard: held.guard })).rejects.toMatchObject({
          code: 'GRANT_OVER',
        });
        await held.release();
      });

      test('a contender that gives up leaves no trace, and the next one gets the lock', async () => {
        const held = await mutex(client, path).acquire();
        await expect(mutex(other, path).acquire({ waitMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' });
        const abort = new AbortController();
        const aborted = mutex(other, path).acquire({
          signal: abort.signal,
          onQueued: () => abort.abort('enough'),
        });
        await expect(aborted).rejects.toBe('enough');
        expect(await mutex(other, path).tryAcquire()).toBeNull();
        await other.sync();
        expect(await waiting()).toBe(1);
        await held.release();
        expect(await mutex(other, path).tryAcquire()).not.toBeNull();
      });

      test('a lock is in one line with the locks of ZooKeeper programs', async () => {
        const create = (prefix: string) =>
          other.create(`${path}/${prefix}`, null, { mode: 'ephemeralSequential', parents: true });
        const theirs = await create('_c_8d3e7d4e-5a0b-4a3c-9a59-0242ac130003-lock-');
        const acquiring = mutex(client, path).acquire();
        await client.sync();
        expect(await mutex(client, path).tryAcquire()).toBeNull();
        const later = await create('0123456789abcdef0123456789abcdef__lock__');
        await other.delete(theirs.path);
        const held = await acquiring;
        expect(await mutex(client, path).holder()).toMatchObject({ node: held.node });
        await held.release();
        expect(await mutex(client, path).holder()).toMatchObject({ node: later.path });
      });

      test('a holder loses a lock when its node is deleted by hand', async () => {
        const held = await mutex(client, path).acquire();
        const lost = new Promise<unknown>((resolve) => {
          held.signal.addEventListener('abort', () => resolve(held.signal.reason));
        });
        await other.delete(held.node);
        expect(await lost).toMatchObject({ code: 'GRANT_OVER' });
      });

      test('a lock guards writes', async () => {
        const held = await mutex(client, path).acquire();
        await client.create(`${path}-work`, 'one', { guard: held.guard });
        await held.release();
        const next = await mutex(other, path).acquire();
        await expect(client.set(`${path}-work`, 'late', { guard: held.guard })).rejects.toMatchObject({
          code: 'GRANT_OVER',
        });
        await other.set(`${path}-work`, 'two', { guard: next.guard });
      });
    });

    describe('an election', () => {
      test('an election has one leader after the other, and an observer sees each', async () => {
        const seen: (string | undefined)[] = [];
        const observing = (async () => {
          for await (const leader of election(other, path).observe()) {
            seen.push(textOf(leader));
            if (seen.length > 1 && leader === null) return;
          }
        })();
        await until(() => seen.length === 1);
        const first = await election(client, path, { candidate: 'first' }).campaign();
        const heir = election(client, path, { candidate: 'heir' }).campaign();
        await until(() => seen.length === 2);
        expect(await election(other, path).leader()).toMatchObject({ fencingToken: first.fencingToken });
        await first.resign();
        const second = await heir;
        await until(() => seen.length === 3);
        await second.resign();
        await observing;
        expect(seen).toEqual([undefined, 'first', 'heir', undefined]);
        expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
      });

      test('observing an election ends with the signal, or with the session', async () => {
        const stop = new AbortController();
        const observing = election(other, path).observe({ signal: stop.signal });
        expect(await observing.next()).toEqual({ done: false, value: null });
        const next = observing.next();
        stop.abort('enough');
        await expect(next).rejects.toBe('enough');
        const observed = election(client, path).observe();
        expect(await observed.next()).toEqual({ done: false, value: null });
        const over = expect(observed.next()).rejects.toMatchObject({ code: 'CLOSED' });
        await client.close();
        await over;
      });
    });

    describe('a barrier', () => {
      test('a barrier holds waiting clients back', async () => {
        expect(await barrier(client, path).set()).toBe(true);
        const wait = barrier(other, path).wait({ waitMs: 10_000 });
        await expect(barrier(other, path).wait({ waitMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUT' });
        expect(await barrier(client, path).remove()).toBe(true);
        await wait;
      });
    });

    describe('a double barrier', () => {
      test('a double barrier lets all in and out together, round after round, while connections break', async () => {
        const parties = 6;
        const users = await Promise.all(Array.from({ length: parties }, () => openBehindProxy()));
        let inside = 0;
        for (let round = 0; round < 4; round++) {
          const rounds = await Promise.all(
            users.map(async ({ client: user, proxy }, i) => {
              const entering = doubleBarrier(user, path, { parties }).enter();
              if (i % 3 === round % 3) proxy.cut();
              await using party = await entering;
              inside++;
              await until(() => inside === parties);
              const leaving = party.leave();
              if (i % 3 === (round + 1) % 3) proxy.cut();
              await leaving;
              return party.round;
            }),
          );
          expect(new Set(rounds).size).toBe(1);
          expect(inside).toBe(parties);
          inside = 0;
        }
        expect(await waiting()).toBe(0);
      });

      test('the others get out of a double barrier when a participant dies inside', async () => {
        const dying = await open();
        const [party, dead] = await Promise.all(
          [client, dying].map((each) => doubleBarrier(each, path, { parties: 2 }).enter()),
        );
        await dying.close();
        expect(dead?.signal.aborted).toBe(true);
        await party?.leave();
        expect(await waiting()).toBe(0);
      });

      test('a double barrier refuses those that come too late, and admits them in the next round', async () => {
        const enter = (each: Client) => doubleBarrier(each, path, { parties: 1 }).enter();
        const party = await enter(client);
        await expect(enter(other)).rejects.toMatchObject({ code: 'BARRIER_CLOSED' });
        await party.leave();
        await (await enter(other)).leave();
      });

      test('a double barrier takes back the entry of a participant that gives up', async () => {
        const one = doubleBarrier(client, path, { parties: 2 });
        await expect(one.enter({ waitMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' });
        expect(await waiting()).toBe(0);
      });
    });
  });
}

function textOf(leader: LineHolder | null): string | undefined {
  return leader === null ? undefined : new TextDecoder().decode(leader.data);
}

/** Waits until `reached` returns true. */
async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await loopTurn();
}
