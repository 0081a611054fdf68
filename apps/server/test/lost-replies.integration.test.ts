import { type Client, connect, isConclaveError } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { conclaveEnsemble, type Ensemble } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReplyThief, type Transport } from './support/reply-thief.ts';
import { atOneZxid, inService, leaderOf, newLeader, othersThan } from './support/status.ts';

/**
 * The answer to every request is lost once, because the connection is cut when it arrives. Each request must take
 * effect exactly once, and its caller must get the result of the first attempt.
 */
const CLIENTS = 4;
const TURNS = 15;

let ensemble: Ensemble;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  await ensemble.serve();
});

afterAll(() => ensemble.stop());

describe.each<Transport>(['ws', 'tcp'])('over %s', (transport) => {
  test('requests whose answers are lost take effect exactly once: counters, sequential nodes and locks', async () => {
    await lostReplies(transport, TURNS, async () => {});
  });

  test('requests whose answers are lost take effect exactly once even when the leader changes', async () => {
    await lostReplies(transport, TURNS, async () => {
      const leader = await leaderOf(ensemble);
      await leader.kill();
      await newLeader(othersThan(ensemble, leader), leader);
      leader.start();
      await inService(ensemble.members);
    });
  });
});

async function lostReplies(transport: Transport, turns: number, disturb: () => Promise<void>): Promise<void> {
  await using witness = await connect({ servers: ensemble.webServers });
  const { path: root } = await witness.create('/lost-', null, { mode: 'persistentSequential' });
  for (const name of ['counter', 'pair', 'list', 'lock']) await witness.create(`${root}/${name}`, '0');
  const exclusion = { holders: 0, tokens: [] as number[] };

  await using stack = new AsyncDisposableStack();
  const workers = await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const thief = stack.use(await ReplyThief.between(ensemble.members, transport));
      const client = await connect({ servers: thief.servers, backoff: { minMs: 1, maxMs: 50 } });
      return { thief, client: stack.use(client) };
    }),
  );
  const work = workers.map(async ({ client }) => {
    const created: string[] = [];
    for (let turn = 0; turn < turns; turn++) {
      await increment(client, `${root}/counter`);
      await incrementWithMulti(client, `${root}/pair`);
      created.push(...(await createThree(client, `${root}/list`)));
      await underLock(client, `${root}/lock`, exclusion);
      await comeAndGo(client, root);
    }
    return created;
  });
  const [created] = await Promise.all([Promise.all(work), disturb()]);

  expect(await numberAt(witness, `${root}/counter`)).toBe(CLIENTS * turns);
  expect(await numberAt(witness, `${root}/pair`)).toBe(CLIENTS * turns);
  expect((await witness.children(`${root}/pair`)).children).toHaveLength(CLIENTS * turns);
  const { children } = await witness.children(`${root}/list`);
  expect(children.toSorted()).toEqual(Array.from({ length: 3 * CLIENTS * turns }, (_, i) => `n-${pad(i)}`));
  expect(created.flat().toSorted()).toEqual(children.map((child) => `${root}/list/${child}`).toSorted());
  expect(exclusion.tokens).toHaveLength(CLIENTS * turns);
  expect(exclusion.tokens).toEqual(exclusion.tokens.toSorted((a, b) => a - b));
  expect((await witness.children(`${root}/lock`)).children).toEqual([]);
  expect(await mutex(witness, `${root}/lock`).holder()).toBeNull();
  for (const { client, thief } of workers) {
    expect(client.state).toBe('connected');
    expect(thief.stolen).toBeGreaterThan(10 * turns);
  }
  expect(new Set((await atOneZxid(ensemble)).map(({ digest }) => digest)).size).toBe(1);
}

async function numberAt(client: Client, path: string): Promise<number> {
  return Number(new TextDecoder().decode((await client.get(path)).data));
}

function pad(number: number): string {
  return String(number).padStart(10, '0');
}

/** Adds one with a read and a conditional write. A repetition that took effect twice, or was refused, would show. */
async function increment(client: Client, path: string): Promise<void> {
  for (;;) {
    const { data, stat } = await client.get(path);
    const value = Number(new TextDecoder().decode(data));
    try {
      await client.set(path, String(value + 1), { version: stat.version });
      return;
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'BAD_VERSION') throw error;
    }
  }
}

async function incrementWithMulti(client: Client, path: string): Promise<void> {
  for (;;) {
    const { data, stat } = await client.get(path);
    const value = Number(new TextDecoder().decode(data));
    try {
      await client.multi([
        { type: 'check', path, version: stat.version },
        { type: 'set', path, data: String(value + 1) },
        { type: 'create', path: `${path}/${value}` },
      ]);
      return;
    } catch (error) {
      if (!isConclaveError(error) || error.code !== 'BAD_VERSION') throw error;
    }
  }
}

async function createThree(client: Client, path: string): Promise<string[]> {
  const creating = Array.from({ length: 3 }, () =>
    client.create(`${path}/n-`, null, { mode: 'persistentSequential' }),
  );
  return (await Promise.all(creating)).map((created) => created.path);
}

async function underLock(
  client: Client,
  path: string,
  exclusion: { holders: number; tokens: number[] },
): Promise<void> {
  await using held = await mutex(client, path).acquire();
  expect(++exclusion.holders).toBe(1);
  exclusion.tokens.push(Number(held.fencingToken));
  await client.exists(path);
  expect(held.signal.aborted).toBe(false);
  exclusion.holders--;
}

/** Creates and deletes a node. A repeated create would find it already there, and a repeated delete already gone. */
async function comeAndGo(client: Client, root: string): Promise<void> {
  const path = `${root}/ephemeral-${client.session.id}`;
  await client.create(path, null, { mode: 'ephemeral' });
  await client.delete(path);
}
