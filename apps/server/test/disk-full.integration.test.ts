import { type Client, connect } from '@conclave/client';
import {
  conclaveEnsemble,
  type Ensemble,
  type Member,
  mountMissing,
  SmallDisk,
  until,
} from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logOf } from './support/server-log.ts';
import {
  atOneZxid,
  inService,
  leaderOf,
  newLeader,
  othersThan,
  outOfService,
  statusOf,
  webAddress,
} from './support/status.ts';
import { SteadyWriter } from './support/steady-writer.ts';

const missing = await mountMissing();
const DISK_MEGABYTES = 64;
const SETTINGS = { reserveBytes: 4 * 1024 * 1024 };
const PARENT = '/written';

/** Servers whose disks become full. Each has a small disk of its own. */
describe.skipIf(missing !== undefined)(`a full disk${missing === undefined ? '' : ` (${missing})`}`, () => {
  let ensemble: Ensemble;
  let client: Client;
  const disks = new Map<Member, SmallDisk>();

  beforeAll(async () => {
    ensemble = await conclaveEnsemble({ settings: SETTINGS });
    for (const member of ensemble.members) {
      disks.set(member, await SmallDisk.mount(member.dataDir, DISK_MEGABYTES));
    }
    await ensemble.serve();
    client = await connect({ servers: ensemble.webServers, sessionTimeoutMs: 60_000 });
    await client.create(PARENT);
  });

  afterAll(async () => {
    await client?.close();
    await Promise.all(ensemble.members.map((member) => member.stop()));
    for (const disk of disks.values()) await disk[Symbol.asyncDispose]();
    await ensemble.stop();
  });

  test('makes a follower log the reason and leave the quorum, but answer reads, until there is room', async () => {
    const [follower] = othersThan(ensemble, await leaderOf(ensemble));
    if (follower === undefined) throw new Error('there is no follower');
    await using reader = await connect({ servers: [webAddress(follower)], sessionTimeoutMs: 60_000 });

    const acknowledged = await fillWhileWriting([follower], async (writer) => {
      await inService(othersThan(ensemble, follower));
      await writer.progress(20);
      const read = await reader.children(PARENT, { consistency: 'session' });
      expect(read.children.length).toBeGreaterThan(0);
      expect(reader.state).toBe('connected');
      expect(await readinessOf(follower)).toMatchObject({ status: 503, reason: 'storage: DISK_FULL' });
      expect((await statusOf(follower)).serving).toBe(false);
    });
    await expectAllThere(acknowledged);
  });

  test('has a leader replaced until there is room', async () => {
    const leader = await leaderOf(ensemble);
    const acknowledged = await fillWhileWriting([leader], async (writer) => {
      await newLeader(othersThan(ensemble, leader), leader);
      await writer.progress(20);
    });
    await expectAllThere(acknowledged);
  });

  test('on a majority of servers stops all acknowledgements until there is room', async () => {
    const full = othersThan(ensemble, await leaderOf(ensemble));
    const acknowledged = await fillWhileWriting(full, async (writer) => {
      await outOfService(ensemble.members);
      const before = writer.acknowledged.length;
      await expect(client.sync(PARENT, { signal: AbortSignal.timeout(1_000) })).rejects.toThrow();
      expect(writer.acknowledged.length).toBe(before);
    });
    await expectAllThere(acknowledged);
  });

  /**
   * Fills the disks of these servers and writes until each of them has noticed. Makes room after `meanwhile` and waits
   * until all serve again. Resolves to the paths that were acknowledged.
   */
  async function fillWhileWriting(
    full: readonly Member[],
    meanwhile: (writer: SteadyWriter) => Promise<void>,
  ): Promise<readonly string[]> {
    const writer = new SteadyWriter(client, PARENT, 'n', new Uint8Array(8_000));
    try {
      await writer.progress(5);
      for (const member of full) await disks.get(member)?.fill();
      for (const member of full) {
        const noticed = async () =>
          (await statusOf(member)).storageFailure === 'DISK_FULL' &&
          (await complaintsOf(member)).includes('DISK_FULL')
            ? true
            : undefined;
        await until(noticed, { what: `server ${member.id} to notice and log that its disk is full` });
      }
      await meanwhile(writer);
    } finally {
      for (const member of full) await disks.get(member)?.makeRoom();
    }
    await inService(ensemble.members);
    await writer.progress(5);
    await writer.stop();
    return writer.acknowledged;
  }

  async function expectAllThere(acknowledged: readonly string[]): Promise<void> {
    expect(acknowledged.length).toBeGreaterThan(0);
    const all = await atOneZxid(ensemble);
    expect(new Set(all.map(({ digest }) => digest)).size).toBe(1);
    const { children } = await client.children(PARENT);
    const there = new Set(children.map((child) => `${PARENT}/${child}`));
    expect(acknowledged.filter((path) => !there.has(path))).toEqual([]);
  }
});

async function complaintsOf(member: Member): Promise<unknown[]> {
  const lines = await logOf(member);
  return lines
    .filter(({ level, msg }) => level >= 50 && msg.startsWith('the log cannot be written'))
    .map(({ err }) => (err as { code?: unknown } | undefined)?.code);
}

async function readinessOf(member: Member): Promise<{ status: number; reason: unknown }> {
  const response = await fetch(`http://127.0.0.1:${member.webPort}/readyz`);
  const { reason } = (await response.json()) as { reason?: unknown };
  return { status: response.status, reason };
}
