import { connect } from '@conclave/client';
import {
  CreateFlag,
  ErrorNumber,
  EventType,
  OPEN_ACL,
  OpCode,
  ProtocolVersion,
  SpecialXid,
} from '@conclave/protocol';
import { conclaveEnsemble, type Ensemble, type Member, until } from '@conclave/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Partition } from './support/partition.ts';
import { inService, leaderOf, newLeader, othersThan } from './support/status.ts';
import { type Answer, type Hello, ZooKeeperClient } from './support/zookeeper-client.ts';

/** Sessions across three servers, as seen by a ZooKeeper client that does nothing by itself. */
const SHORTEST_TIMEOUT_MS = 1_000;

let ensemble: Ensemble;
let partition: Partition;
let first: Member;
let second: Member;
let third: Member;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  partition = await Partition.create(ensemble);
  await ensemble.serve();
  const [one, two, three] = ensemble.members;
  if (one === undefined || two === undefined || three === undefined)
    throw new Error('there must be three servers');
  [first, second, third] = [one, two, three];
});

afterAll(async () => {
  await ensemble.stop();
  await partition[Symbol.asyncDispose]();
});

test('a session that moves to another server keeps its ephemeral nodes and leaves the first server', async () => {
  const here = await open(first);
  await create(here.client, '/moves', CreateFlag.ephemeral);
  const there = await open(second, { session: here.session });
  using _ = there.client;
  expect(there.session.sessionId).toBe(here.session.sessionId);
  expect(there.session.password).toEqual(here.session.password);
  await here.client.closed;

  const { response } = await exists(there.client, '/moves');
  expect(response?.op === OpCode.exists && response.stat.ephemeralOwner).toBe(here.session.sessionId);
  await create(there.client, '/moved', CreateFlag.ephemeral);
  await there.client.request({ op: OpCode.closeSession });
  await there.client.closed;
});

test('closing a session deletes its ephemeral nodes on all servers', async () => {
  const { client } = await open(first);
  await create(client, '/closes', CreateFlag.ephemeral);
  await using watchers = await watchOnAll('/closes');
  await client.request({ op: OpCode.closeSession });
  await watchers.see(EventType.nodeDeleted);
});

test('a silent session expires on all servers, and not before its time', async () => {
  const { client, session } = await open(first, { timeoutMs: SHORTEST_TIMEOUT_MS });
  expect(session.timeoutMs).toBe(SHORTEST_TIMEOUT_MS);
  await using watchers = await watchOnAll('/expires');
  const askedAt = performance.now();
  await create(client, '/expires', CreateFlag.ephemeral);
  await watchers.see(EventType.nodeCreated);
  await watchers.rearm('/expires');
  await watchers.see(EventType.nodeDeleted);
  expect(performance.now() - askedAt).toBeGreaterThan(SHORTEST_TIMEOUT_MS);
  await client.closed;

  const late = await open(second, { session });
  expect(late.session).toMatchObject({ sessionId: 0n, timeoutMs: 0 });
  await late.client.closed;
});

test('pings keep a session alive, whichever server they reach', async () => {
  const { client, session } = await open(third, { timeoutMs: SHORTEST_TIMEOUT_MS });
  using _ = client;
  await create(client, '/lives', CreateFlag.ephemeral);
  const endAt = performance.now() + 3 * SHORTEST_TIMEOUT_MS;
  // The test waits on purpose: the client must keep the interval.
  while (performance.now() < endAt) {
    await client.request({ op: OpCode.ping }, SpecialXid.ping);
    await new Promise((resolve) => setTimeout(resolve, SHORTEST_TIMEOUT_MS / 4));
  }
  const { response } = await exists(client, '/lives');
  expect(response?.op === OpCode.exists && response.stat.ephemeralOwner).toBe(session.sessionId);
  await client.request({ op: OpCode.closeSession });
});

test('a session that reconnects sets its watches again and misses no event', async () => {
  using writer = (await open(second)).client;
  for (const path of ['/changed', '/kept', '/deleted']) await create(writer, path, CreateFlag.persistent);
  const { client, session } = await open(first);
  const seen = await client.request({ op: OpCode.getData, path: '/kept', watch: true });
  client[Symbol.dispose]();
  await client.closed;
  await setData(writer, '/changed');
  await writer.request({ op: OpCode.delete, path: '/deleted', version: -1 });
  await create(writer, '/created', CreateFlag.persistent);

  const back = await open(third, { session, lastZxidSeen: seen.zxid });
  using returned = back.client;
  await returned.request(
    {
      op: OpCode.setWatches,
      relativeZxid: seen.zxid,
      data: ['/changed', '/kept', '/deleted'],
      exist: ['/created', '/never'],
      child: ['/kept'],
    },
    SpecialXid.setWatches,
  );
  const atOnce = returned.events.map(({ type, path }) => `${path} ${type}`);
  expect(atOnce.toSorted()).toEqual([
    `/changed ${EventType.nodeDataChanged}`,
    `/created ${EventType.nodeCreated}`,
    `/deleted ${EventType.nodeDeleted}`,
  ]);

  await setData(writer, '/kept');
  await create(writer, '/kept/child', CreateFlag.persistent);
  await create(writer, '/never', CreateFlag.persistent);
  const later = (await returned.received(6)).slice(3).map(({ type, path }) => `${path} ${type}`);
  expect(later).toEqual([
    `/kept ${EventType.nodeDataChanged}`,
    `/kept ${EventType.nodeChildrenChanged}`,
    `/never ${EventType.nodeCreated}`,
  ]);
});

test('a wrong password takes over no session and does not disturb it', async () => {
  const { client, session } = await open(first);
  using _ = client;
  await create(client, '/guarded', CreateFlag.ephemeral);
  const wrong = { ...session, password: new Uint8Array(session.password).fill(7) };
  const unknown = { ...session, sessionId: session.sessionId + 12_345n };
  for (const member of ensemble.members) {
    for (const protocolVersion of [
      ProtocolVersion.zookeeper,
      ProtocolVersion.native,
      ProtocolVersion.heartbeat,
    ]) {
      for (const intruder of [wrong, unknown]) {
        const refused = await open(member, { session: intruder, protocolVersion });
        expect(refused.session).toMatchObject({ sessionId: 0n, timeoutMs: 0 });
        await refused.client.closed;
      }
    }
  }
  expect((await exists(client, '/guarded')).error).toBe(ErrorNumber.OK);
  expect(client.open).toBe(true);
});

test('a server refuses a client that has seen a later zxid than the server has', async () => {
  const leader = await leaderOf(ensemble);
  const [behind = leader, other = leader] = othersThan(ensemble, leader);
  using writer = (await open(other)).client;
  await create(writer, '/image', CreateFlag.persistent);
  await inService(ensemble.members);
  partition.isolate(behind);
  const { zxid } = await setData(writer, '/image');
  const attempts = Array.from({ length: 20 }, () => valueSeenBy(behind, zxid));
  await until(async () => ((await setData(writer, '/image')).error === 0 ? true : undefined), {
    what: 'a write',
  });
  partition.heal();
  for (const version of await Promise.all(attempts)) expect(version ?? 1).toBeGreaterThanOrEqual(1);
  await inService(ensemble.members);
  expect(await valueSeenBy(behind, zxid)).toBeGreaterThanOrEqual(1);

  // This zxid is ahead of all servers, so none can serve the client.
  await expect(open(leader, { lastZxidSeen: Number.MAX_SAFE_INTEGER })).rejects.toThrow(
    'without a handshake',
  );
});

test("connections to ZooKeeper's port survive the loss of the leader, and requests are answered in order", async () => {
  const leader = await leaderOf(ensemble);
  const followers = othersThan(ensemble, leader);
  const clients = await Promise.all(followers.map((follower) => open(follower)));
  const [one] = clients;
  if (one !== undefined) await create(one.client, '/ordered', CreateFlag.persistent);
  const writing = clients.map(async ({ client }) => {
    await create(client, `/survivor-${client === one?.client}`, CreateFlag.ephemeral);
    const answers: Promise<Answer>[] = [];
    for (let i = 0; i < 300; i++) {
      answers.push(create(client, '/ordered/n-', CreateFlag.persistentSequential));
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return Promise.all(answers);
  });
  await leader.kill();
  await newLeader(followers, leader);
  const answered = await Promise.all(writing);
  const paths = answered.map((answers) =>
    answers.map(({ response }) => (response?.op === OpCode.create ? response.path : 'refused')),
  );
  for (const ofOne of paths) expect(ofOne).toEqual(ofOne.toSorted());
  const names = Array.from({ length: 600 }, (_, i) => `/ordered/n-${String(i).padStart(10, '0')}`);
  expect(paths.flat().toSorted()).toEqual(names);
  for (const { client } of clients) {
    expect(client.open).toBe(true);
    expect((await exists(client, '/survivor-true')).error).toBe(ErrorNumber.OK);
    expect((await exists(client, '/survivor-false')).error).toBe(ErrorNumber.OK);
  }
  for (const { client } of clients) client[Symbol.dispose]();
  leader.start();
  await inService(ensemble.members);
});

test('a session whose client is gone expires although the leader changes', async () => {
  const leader = await leaderOf(ensemble);
  const [follower = leader] = othersThan(ensemble, leader);
  const { client } = await open(follower, { timeoutMs: SHORTEST_TIMEOUT_MS });
  await create(client, '/orphan', CreateFlag.ephemeral);
  client[Symbol.dispose]();
  await using witness = await connect({ servers: ensemble.webServers });
  await leader.kill();
  await until(async () => ((await witness.exists('/orphan')) === null ? true : undefined), {
    what: 'the session to expire',
  });
  leader.start();
  await inService(ensemble.members);
});

test('a request on an abandoned connection is not done after the session moved, even if the leader dies', async () => {
  const leader = await leaderOf(ensemble);
  const [left = leader, entered = leader] = othersThan(ensemble, leader);
  await inService(ensemble.members);
  const here = await open(left);
  partition.isolate(left);
  const late = create(here.client, '/late', CreateFlag.persistent).catch(() => 'never answered');
  const there = await open(entered, { session: here.session });
  using client = there.client;
  expect((await exists(client, '/late')).error).toBe(ErrorNumber.NO_NODE);
  await leader.kill();
  partition.heal();
  await newLeader([left, entered], leader);
  expect(await late).toBe('never answered');
  await here.client.closed;
  for (let i = 0; i < 50; i++) {
    await client.request({ op: OpCode.sync, path: '/' });
    expect((await exists(client, '/late')).error).toBe(ErrorNumber.NO_NODE);
  }
  leader.start();
  await inService(ensemble.members);
});

function open(member: Member, hello: Hello = {}) {
  return ZooKeeperClient.connect(member.tcpPort, hello);
}

async function create(client: ZooKeeperClient, path: string, flags: number): Promise<Answer> {
  const answer = await client.request({ op: OpCode.create, path, data: null, acl: OPEN_ACL, flags });
  expect(answer.error).toBe(ErrorNumber.OK);
  return answer;
}

function setData(client: ZooKeeperClient, path: string): Promise<Answer> {
  return client.request({ op: OpCode.setData, path, data: null, version: -1 });
}

function exists(client: ZooKeeperClient, path: string, watch = false): Promise<Answer> {
  return client.request({ op: OpCode.exists, path, watch });
}

/**
 * The version of `/image` that a server shows to a client that has seen `zxid`; undefined if the server refuses it.
 */
async function valueSeenBy(member: Member, zxid: number): Promise<number | undefined> {
  const opened = await open(member, { lastZxidSeen: zxid }).catch(() => undefined);
  if (opened === undefined) return undefined;
  using client = opened.client;
  const { response } = await exists(client, '/image').catch(() => ({ response: undefined }));
  return response?.op === OpCode.exists ? response.stat.version : undefined;
}

/** Sets a watch on `path` on each server. */
async function watchOnAll(path: string) {
  const watchers = await Promise.all(ensemble.members.map(async (member) => (await open(member)).client));
  let seen = 0;
  const rearm = async (again: string): Promise<void> => {
    await Promise.all(watchers.map((watcher) => exists(watcher, again, true)));
  };
  await Promise.all(watchers.map((watcher) => watcher.request({ op: OpCode.sync, path })));
  await rearm(path);
  return {
    rearm,
    /** Waits until every server has sent the event. */
    async see(type: number): Promise<void> {
      seen++;
      for (const watcher of watchers) {
        const events = await watcher.received(seen);
        expect(events.at(seen - 1)).toMatchObject({ type, path });
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const watcher of watchers) watcher[Symbol.dispose]();
    },
  };
}
