import { CreateFlag, type CreateRequest, ErrorNumber, OPEN_ACL, OpCode } from '@conclave/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { MemoryClient } from './support/memory-client.ts';
import { MemoryServer } from './support/memory-server.ts';

let server: MemoryServer;
afterEach(() => server.close());

const node = { data: new Uint8Array(0), acl: OPEN_ACL };
const container = (path: string): CreateRequest => ({
  op: OpCode.createContainer,
  path,
  ...node,
  flags: CreateFlag.container,
});
const child = (path: string): CreateRequest => ({
  op: OpCode.create,
  path,
  ...node,
  flags: CreateFlag.persistent,
});
const exists = async (client: MemoryClient, path: string) =>
  (await client.request({ op: OpCode.exists, path, watch: false })).error === ErrorNumber.OK;
const remove = (client: MemoryClient, path: string) =>
  client.request({ op: OpCode.delete, path, version: -1 });

/** Resolves when the client receives the event that the node is gone. */
async function gone(client: MemoryClient, path: string): Promise<void> {
  await client.request({ op: OpCode.exists, path, watch: true });
  while (!client.events.some((event) => event.path === path)) await client.request({ op: OpCode.sync, path });
}

describe('a container', () => {
  test('is deleted after its time of grace when its last child is gone', async () => {
    server = await MemoryServer.start({ containerGraceMs: 60_000 });
    const client = await server.connect({ timeoutMs: 120_000 });
    await client.request(container('/c'));
    await client.request(child('/c/a'));
    await remove(client, '/c/a');
    server.aheadMs += 50_000;
    await client.request({ op: OpCode.sync, path: '/' });
    expect(await exists(client, '/c')).toBe(true);
    server.aheadMs += 20_000;
    await gone(client, '/c');
    expect(await exists(client, '/c')).toBe(false);
  });

  test('stays while it has children, and if it never had any until containerNeverUsedMs is over', async () => {
    server = await MemoryServer.start({ containerGraceMs: 0, containerNeverUsedMs: 60_000 });
    const client = await server.connect({ timeoutMs: 120_000 });
    await client.request(container('/used'));
    await client.request(child('/used/a'));
    await client.request(container('/unused'));
    server.aheadMs += 61_000;
    await gone(client, '/unused');
    expect(await exists(client, '/used')).toBe(true);
    await remove(client, '/used/a');
    await gone(client, '/used');
  });

  test('is deleted together with many others without blocking writes', async () => {
    server = await MemoryServer.start({ containerGraceMs: 0, containerNeverUsedMs: 1_000 });
    const client = await server.connect({ timeoutMs: 120_000 });
    const COUNT = 1_000;
    for (let i = 0; i < COUNT; i++) client.sendRequest(container(`/c${i}`), { xid: i + 1 });
    for (let i = 0; i < COUNT; i++) await client.reply(OpCode.createContainer);
    server.aheadMs += 2_000;
    for (let xid = COUNT + 1; ; xid++) {
      expect(await client.request(child('/w'), { xid })).toMatchObject({ error: ErrorNumber.OK });
      await client.request({ op: OpCode.delete, path: '/w', version: -1 }, { xid: ++xid });
      const { response } = await client.request(
        { op: OpCode.getAllChildrenNumber, path: '/' },
        { xid: ++xid },
      );
      if (response?.op === OpCode.getAllChildrenNumber && response.total < 10) break;
    }
  });
});

test('a node with a time to live is deleted when it was not set for that time', async () => {
  server = await MemoryServer.start();
  const client = await server.connect({ timeoutMs: 120_000 });
  const ttl = { op: OpCode.createTTL, ...node, flags: CreateFlag.persistentWithTtl, ttl: 30_000 } as const;
  await client.request({ ...ttl, path: '/set' });
  await client.request({ ...ttl, path: '/left' });
  server.aheadMs += 20_000;
  await client.request({ op: OpCode.setData, path: '/set', data: null, version: -1 });
  server.aheadMs += 20_000;
  await gone(client, '/left');
  expect(await exists(client, '/set')).toBe(true);
});

describe('a quota', () => {
  async function limit(client: MemoryClient, path: string, limits: string): Promise<void> {
    const encoder = new TextEncoder();
    let at = '/zookeeper/quota';
    for (const name of path.slice(1).split('/')) {
      at += `/${name}`;
      await client.request(child(at));
    }
    const stats = { ...child(`${at}/zookeeper_stats`), data: encoder.encode('count=0,bytes=0') };
    await client.request({ ...child(`${at}/zookeeper_limits`), data: encoder.encode(limits) });
    await client.request(stats);
  }
  const warnings = () => server.lines.filter(({ msg }) => msg === 'a quota is exceeded');

  test('that is soft lets writes through, and logs them at a limited rate', async () => {
    server = await MemoryServer.start();
    const client = await server.connect();
    await client.request(child('/q'));
    await limit(client, '/q', 'count=2,bytes=-1');
    for (const name of 'abcd') {
      expect(await client.request(child(`/q/${name}`))).toMatchObject({ error: ErrorNumber.OK });
    }
    expect(warnings()).toMatchObject([{ path: '/q', what: 'count', limit: 2, value: 3 }]);
  });

  test.each([
    [true, ErrorNumber.QUOTA_EXCEEDED, 0],
    [false, ErrorNumber.OK, 1],
  ] as const)(
    'that is hard refuses writes only if enforceQuota is set (%s)',
    async (enforceQuota, error, logged) => {
      server = await MemoryServer.start({ enforceQuota });
      const client = await server.connect();
      await client.request(child('/q'));
      await limit(client, '/q', 'count=-1,bytes=-1;byteHardLimit=-1;countHardLimit=2');
      expect(await client.request(child('/q/a'))).toMatchObject({ error: ErrorNumber.OK });
      expect(await client.request(child('/q/b'))).toMatchObject({ error });
      expect(warnings()).toHaveLength(logged);
    },
  );
});
