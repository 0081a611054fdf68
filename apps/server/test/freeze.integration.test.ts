import { type Client, connect, isConclaveError, nodeName } from '@conclave/client';
import { OpCode } from '@conclave/protocol';
import { conclaveEnsemble, type Ensemble, type Member, until } from '@conclave/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Contention, createContended } from './support/contention.ts';
import { expectNothingLost } from './support/contention-judge.ts';
import {
  atOneZxid,
  inService,
  leaderOf,
  newLeader,
  othersThan,
  statusOf,
  tcpAddress,
  webAddress,
} from './support/status.ts';
import { ZooKeeperClient } from './support/zookeeper-client.ts';

/**
 * A server is frozen for longer than the others need to elect a leader without it. A client that knows no other server
 * sends it reads before, during and after that. Whatever the server answers after it wakes must not be older than the
 * writes that the others acknowledged before the read was sent.
 */
const ROUNDS = 24;
const READS_AT_A_TIME = 8;
const BURSTS_ON_WAKING = 10;
/** Long enough that no session expires during a freeze. */
const SESSION_TIMEOUT_MS = 30_000;
const CONTENDED_ROUNDS = 6;
const CONTENDER_TIMEOUT_MS = 4_000;
const VALUE = '/freeze/value';

let ensemble: Ensemble;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  await ensemble.serve();
  await using client = await connect({ servers: ensemble.webServers });
  await client.create(VALUE, '0', { parents: true });
});

afterAll(() => ensemble.stop());

test('a frozen leader is replaced, follows after it wakes, and never answers with outdated state', async () => {
  await using clients = new AsyncDisposableStack();
  const readers = new Map<Member, Reader[]>();
  for (const member of ensemble.members) {
    const web = clients.use(await connectTo(webAddress(member)));
    const tcp = clients.use(await connectTo(tcpAddress(member)));
    readers.set(member, [sdkReader(web), sdkReader(tcp), zookeeperReader(member)]);
  }
  let written = 0;

  for (let round = 0; round < ROUNDS; round++) {
    const leader = await leaderOf(ensemble);
    const others = othersThan(ensemble, leader);
    const writer = readers.get(others[round % 2] ?? leader)?.[0];
    const frozenReaders = readers.get(leader) ?? [];
    const reads = new ReadLog();
    await writer?.write(String(++written));

    // When the leader freezes, some of these are still on their way, some are proposed or confirmed, and some answered.
    for (const reader of frozenReaders) reads.start(reader, written, READS_AT_A_TIME);
    for (let turn = 0; turn < round; turn++) await nextTurn();
    leader.freeze();
    reads.start(frozenReaders[0], written, READS_AT_A_TIME);

    await newLeader(others, leader);
    await writer?.write(String(++written));
    for (const reader of frozenReaders) reads.start(reader, written, READS_AT_A_TIME);
    if (round % 3 === 0) await writer?.write(String(++written));

    leader.thaw();
    for (let burst = 0; burst < BURSTS_ON_WAKING; burst++) {
      for (const reader of frozenReaders) reads.start(reader, written, 1);
      await writer?.write(String(++written));
    }
    await inService(ensemble.members);
    expect((await statusOf(leader)).role).toBe('following');
    expect(await reads.stale()).toEqual([]);
    expect([...reads.answered].toSorted()).toEqual(['sdk', 'zookeeper']);
  }

  const all = await atOneZxid(ensemble);
  expect(new Set(all.map(({ digest }) => digest)).size).toBe(1);
});

test('clients that write and contend for a lock lose nothing when the leader is frozen', async () => {
  await createContended(ensemble.webServers);
  await using contention = new Contention({
    servers: ensemble.webServers,
    processes: 4,
    clientsEach: 2,
    sessionTimeoutMs: CONTENDER_TIMEOUT_MS,
  });
  await contention.progress(3);
  for (let round = 0; round < CONTENDED_ROUNDS; round++) {
    const leader = await leaderOf(ensemble);
    leader.freeze();
    await newLeader(othersThan(ensemble, leader), leader);
    // In half of the rounds all clients have moved to other servers when it wakes; in the others some still wait for
    // it.
    if (round % 2 === 0) await contention.progress(1);
    leader.thaw();
    await inService(ensemble.members);
    await contention.progress(2);
  }
  await contention.stop();
  await expectNothingLost(ensemble, contention);
});

test('a write sent to a frozen leader takes effect once, or fails with an error', async () => {
  const leader = await leaderOf(ensemble);
  const [other] = othersThan(ensemble, leader);
  await using client = await connectTo(webAddress(leader));
  await using witness = await connectTo(webAddress(other ?? leader));
  await client.create('/freeze/writes/before', null, { parents: true });
  const create = (i: number) => client.create(`/freeze/writes/${i}-`, null, { mode: 'persistentSequential' });

  const early = Array.from({ length: READS_AT_A_TIME }, (_, i) => create(i));
  leader.freeze();
  const late = Array.from({ length: READS_AT_A_TIME }, (_, i) => create(READS_AT_A_TIME + i));
  await newLeader(othersThan(ensemble, leader), leader);
  const meanwhile = (await witness.children('/freeze/writes')).children.length;
  expect(meanwhile).toBeLessThanOrEqual(1 + READS_AT_A_TIME);
  leader.thaw();

  const created = await Promise.all([...early, ...late]);
  const { children } = await witness.children('/freeze/writes');
  expect(children.toSorted()).toEqual(['before', ...created.map(({ path }) => nodeName(path))].toSorted());
});

test('a leader that was frozen only for a moment goes on leading', async () => {
  const leader = await leaderOf(ensemble);
  const { epoch } = await statusOf(leader);
  await using client = await connectTo(webAddress(leader));
  leader.freeze();
  const answer = client.get(VALUE);
  leader.thaw();
  expect((await answer).data.length).toBeGreaterThan(0);
  await until(async () => ((await statusOf(leader)).epoch === epoch ? true : undefined), {
    what: 'the epoch',
  });
});

function connectTo(address: string): Promise<Client> {
  return connect({ servers: [address], sessionTimeoutMs: SESSION_TIMEOUT_MS });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Reader {
  readonly name: string;
  read(): Promise<number>;
  write(value: string): Promise<unknown>;
}

function sdkReader(client: Client): Reader {
  return {
    name: 'sdk',
    read: async () => Number(new TextDecoder().decode((await client.get(VALUE)).data)),
    write: (value) => client.set(VALUE, value),
  };
}

/** Makes a linearizable read as ZooKeeper's clients do: a sync, and the read right after it. */
function zookeeperReader(member: Member): Reader {
  let connection: Promise<ZooKeeperClient> | undefined;
  const connected = async (): Promise<ZooKeeperClient> => {
    const client = await connection?.catch(() => undefined);
    if (client?.open === true) return client;
    connection = ZooKeeperClient.connect(member.tcpPort, { timeoutMs: SESSION_TIMEOUT_MS }).then(
      (opened) => opened.client,
    );
    return connection;
  };
  return {
    name: 'zookeeper',
    read: async () => {
      const client = await connected();
      const [, answer] = await Promise.all([
        client.request({ op: OpCode.sync, path: VALUE }),
        client.request({ op: OpCode.getData, path: VALUE, watch: false }),
      ]);
      if (answer.response?.op !== OpCode.getData) throw new Error(`error ${answer.error}`);
      return Number(new TextDecoder().decode(answer.response.data ?? new Uint8Array()));
    },
    write: () => Promise.reject(new Error('this reader never writes')),
  };
}

/** Reads, each with the last write that was acknowledged to any client before the read was sent. */
class ReadLog {
  /** The kinds of readers that got an answer other than an error. */
  readonly answered = new Set<string>();
  readonly #outcomes: Promise<string | undefined>[] = [];

  start(reader: Reader | undefined, atLeast: number, count: number): void {
    if (reader === undefined) return;
    for (let i = 0; i < count; i++) this.#outcomes.push(this.#judge(reader, atLeast));
  }

  /** Waits for all answers and returns those that were too old. An error is a correct answer. */
  async stale(): Promise<string[]> {
    return (await Promise.all(this.#outcomes)).filter((complaint) => complaint !== undefined);
  }

  async #judge(reader: Reader, atLeast: number): Promise<string | undefined> {
    try {
      const value = await reader.read();
      this.answered.add(reader.name);
      return value >= atLeast ? undefined : `${reader.name} read ${value} after ${atLeast} was acknowledged`;
    } catch (error) {
      if (reader.name === 'sdk' && !isConclaveError(error)) throw error;
      return undefined;
    }
  }
}
