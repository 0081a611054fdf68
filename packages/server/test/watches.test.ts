import {
  AddWatchMode,
  CreateFlag,
  type CreateRequest,
  ErrorNumber,
  EventType,
  OPEN_ACL,
  OpCode,
  ProtocolVersion,
  type Request,
  type SetDataRequest,
  WatcherType,
} from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage } from '@conclave/storage';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { configSchema } from '../src/config/config.ts';
import { nodeClock, nodeNetwork } from '../src/environment/node-environment.ts';
import { Server } from '../src/server.ts';
import { EventFrame } from '../src/watches/event-frame.ts';
import { MemoryClient } from './support/memory-client.ts';
import { MemoryServer } from './support/memory-server.ts';

const { nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged, gap } = EventType;
const NO_LISTS = { data: [], exist: [], child: [], persistent: [], persistentRecursive: [] };

let server: { close(): Promise<void> };
afterEach(() => server.close());

async function start(settings: object = {}): Promise<MemoryServer> {
  const memory = await MemoryServer.start(settings);
  server = memory;
  return memory;
}

function create(path: string): CreateRequest {
  return { op: OpCode.create, path, data: new Uint8Array(0), acl: OPEN_ACL, flags: CreateFlag.persistent };
}

function setData(path: string): SetDataRequest {
  return { op: OpCode.setData, path, data: new Uint8Array(1), version: -1 };
}

function addWatch(path: string, mode: number): Request {
  return { op: OpCode.addWatch, path, mode };
}

/** The events that a client received before the answer to a request of its own. */
async function eventsOf(client: MemoryClient): Promise<[type: number, path: string, zxid: number][]> {
  await client.request({ op: OpCode.exists, path: '/', watch: false });
  return client.events.splice(0).map(({ type, path, zxid }) => [type, path, zxid]);
}

async function typesOf(client: MemoryClient): Promise<string[]> {
  return (await eventsOf(client)).map(([type, path]) => `${type} ${path}`);
}

describe('persistent watches', () => {
  test('send every change before the answer that shows it', async () => {
    const { connect } = bound(await start());
    const [client, other] = [await connect(), await connect()];
    await client.request(addWatch('/a', AddWatchMode.persistent));
    await client.request(addWatch('/', AddWatchMode.persistentRecursive));
    await other.request(create('/a'));
    await other.request(create('/a/b'));
    await other.request(setData('/a'));
    expect(await typesOf(client)).toEqual([
      `${nodeCreated} /a`,
      `${nodeCreated} /a/b`,
      `${nodeChildrenChanged} /a`,
      `${nodeDataChanged} /a`,
    ]);
  });

  test('are found and removed by their type', async () => {
    const { connect } = bound(await start());
    const client = await connect();
    const ask = async (op: typeof OpCode.checkWatches | typeof OpCode.removeWatches, type: number) =>
      (await client.request({ op, path: '/a', type })).error;
    await client.request(addWatch('/a', AddWatchMode.persistentRecursive));
    expect(await ask(OpCode.checkWatches, WatcherType.persistent)).toBe(ErrorNumber.NO_WATCHER);
    expect(await ask(OpCode.checkWatches, WatcherType.any)).toBe(ErrorNumber.OK);
    expect(await ask(OpCode.removeWatches, WatcherType.data)).toBe(ErrorNumber.NO_WATCHER);
    expect(await ask(OpCode.removeWatches, WatcherType.persistentRecursive)).toBe(ErrorNumber.OK);
    expect(await ask(OpCode.removeWatches, WatcherType.persistentRecursive)).toBe(ErrorNumber.NO_WATCHER);
    await client.request(create('/a'));
    expect(await eventsOf(client)).toEqual([]);
  });

  test.each<[string, Request]>([
    ['mode', addWatch('/a', 2)],
    ['type to look for', { op: OpCode.checkWatches, path: '/a', type: 0 }],
    ['type to remove', { op: OpCode.removeWatches, path: '/a', type: 6 }],
  ])('are refused with MARSHALLING_ERROR for an unknown %s', async (_, request) => {
    const { connect } = bound(await start());
    const client = await connect();
    expect(await client.request(request)).toMatchObject({ error: ErrorNumber.MARSHALLING_ERROR });
    expect(await client.request(create('/a'))).toMatchObject({ error: ErrorNumber.OK });
  });

  test('count against the limit on watches', async () => {
    const { connect } = bound(await start({ watchesPerConnectionMax: 1 }));
    const client = await connect();
    expect(await client.request(addWatch('/a', 0))).toMatchObject({ error: ErrorNumber.OK });
    expect(await client.request(addWatch('/b', 0))).toMatchObject({ error: ErrorNumber.THROTTLED_OP });
  });

  test('count against the limit on the length of their paths until they are removed', async () => {
    const { connect } = bound(await start({ watchBytesPerConnectionMax: 1024 }));
    const [client, other] = [await connect(), await connect()];
    const long = `/${'n'.repeat(599)}`;
    const exists = { op: OpCode.exists, path: `${long}2`, watch: true } as const;
    const again = { relativeZxid: 0, data: [], exist: [exists.path], child: [] };
    expect(await client.request(addWatch(long, 0))).toMatchObject({ error: ErrorNumber.OK });
    for (const request of [exists, addWatch(`${long}2`, 0), { op: OpCode.setWatches, ...again }] as const)
      expect(await client.request(request)).toMatchObject({ error: ErrorNumber.THROTTLED_OP });
    expect(await other.request(exists)).toMatchObject({ error: ErrorNumber.NO_NODE });
    await client.request({ op: OpCode.removeWatches, path: long, type: WatcherType.any });
    expect(await client.request(exists)).toMatchObject({ error: ErrorNumber.NO_NODE });
  });
});

describe('a client gets no event of a node that it may not read', () => {
  const owner = { scheme: 'digest', auth: new TextEncoder().encode('owner:secret') };
  const CREATOR_ONLY = [{ permissions: 31, scheme: 'auth', id: '' }];

  test('while the node exists, when it is deleted, and when the client reconnects', async () => {
    const { connect } = bound(await start());
    const [client, friend, other] = [await connect(), await connect(), await connect()];
    for (const each of [friend, other]) await each.request({ op: OpCode.auth, ...owner });
    for (const each of [client, friend]) await each.request(addWatch('/', AddWatchMode.persistentRecursive));
    const seen = await client.request(create('/open'));
    await eventsOf(client);
    await other.request({ ...create('/closed'), acl: CREATOR_ONLY });
    await other.request(setData('/closed'));
    await other.request({ op: OpCode.delete, path: '/closed', version: -1 });
    expect(await eventsOf(client)).toEqual([]);
    expect(await typesOf(friend)).toEqual([
      `${nodeCreated} /open`,
      `${nodeCreated} /closed`,
      `${nodeDataChanged} /closed`,
      `${nodeDeleted} /closed`,
    ]);
    const stranger = await connect();
    await other.request({ ...create('/closed'), acl: CREATOR_ONLY });
    const lists = { ...NO_LISTS, persistentRecursive: ['/'], exist: ['/closed'] };
    await stranger.request({ op: OpCode.setWatches2, relativeZxid: seen.zxid, ...lists });
    expect(await eventsOf(stranger)).toEqual([]);
  });
});

describe('an event that cannot be written', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each([
    ['when it happens', false],
    ['when its client reconnects', true],
  ])('ends the connection of its client alone, %s', async (_when, comesBack) => {
    const memory = await start();
    const { connect } = bound(memory);
    const [client, other] = [await connect(), await connect()];
    const { zxid } = await client.request(create('/a'));
    const persistent = ['/', '/a', '/b'];
    if (!comesBack) await client.request(addWatch('/a', AddWatchMode.persistent));
    else await other.request(setData('/a'));
    vi.spyOn(EventFrame.prototype, 'bytes').mockImplementationOnce(() => {
      throw new RangeError('an event that cannot be written');
    });
    if (comesBack)
      client.sendRequest({ op: OpCode.setWatches2, relativeZxid: zxid, ...NO_LISTS, persistent });
    else await other.request(setData('/a'));
    await client.closed();
    expect(memory.lines).toContainEqual(
      expect.objectContaining({ msg: 'a request failed unexpectedly', level: 50 }),
    );
    expect(await other.request(setData('/a'))).toMatchObject({ error: ErrorNumber.OK });
    expect(memory.server.status().watches).toBe(0);
  });
});

describe('a client that reconnects', () => {
  test('gets the events that it missed, in order and before any answer that shows them', async () => {
    const { connect, dial } = bound(await start());
    const other = await connect();
    const first = dial();
    const { sessionId, password } = await first.connect();
    const { zxid } = await first.request(addWatch('/', AddWatchMode.persistentRecursive));
    first.destroy();
    const made = await other.request(create('/a'));
    const changed = await other.request(setData('/a'));
    const gone = await other.request({ op: OpCode.delete, path: '/a', version: -1 });
    const second = dial();
    await second.connect({ sessionId, password, lastZxidSeen: zxid });
    const lists = { ...NO_LISTS, persistentRecursive: ['/'] };
    second.sendRequest({ op: OpCode.setWatches2, relativeZxid: zxid, ...lists });
    second.sendRequest({ op: OpCode.exists, path: '/a', watch: false }, { xid: 1 });
    expect((await second.replyHeader()).error).toBe(ErrorNumber.OK);
    expect(second.events.map(({ type, path, zxid: at }) => [type, path, at])).toEqual([
      [nodeCreated, '/a', made.zxid],
      [nodeDataChanged, '/a', changed.zxid],
      [nodeDeleted, '/a', gone.zxid],
    ]);
    expect((await second.replyHeader()).error).toBe(ErrorNumber.NO_NODE);
    second.events.length = 0;
    await other.request(create('/b'));
    expect(await typesOf(second)).toEqual([`${nodeCreated} /b`]);
  });

  test.each([
    ['natively gets a gap', ProtocolVersion.native, OpCode.setNativeWatches, [[gap, '/a']]],
    [
      'as a ZooKeeper client gets an event of what has changed',
      ProtocolVersion.zookeeper,
      OpCode.setWatches2,
      [[nodeDataChanged, '/a']],
    ],
  ] as const)(
    '%s if the history does not reach back to what it missed',
    async (_, protocolVersion, op, expected) => {
      const { connect } = bound(await start({ eventHistoryMax: 1 }));
      const other = await connect();
      const client = await connect({ protocolVersion });
      const { zxid } = await other.request(create('/a'));
      await other.request(setData('/a'));
      await other.request(create('/b'));
      const lists = { ...NO_LISTS, persistentRecursive: ['/a'], holder: [] };
      await client.request({ op, relativeZxid: zxid, ...lists } as Request);
      expect((await eventsOf(client)).map(([type, path]) => [type, path])).toEqual(expected);
    },
  );

  test('gets all events that it missed although hundreds reconnect at once', async () => {
    const { connect } = bound(await start({ connectionsPerAddressMax: 1_000 }));
    const other = await connect();
    const { zxid } = await other.request(create('/a'));
    for (let i = 0; i < 300; i++) await other.request(setData('/a'));
    const clients = await Promise.all(Array.from({ length: 300 }, () => connect()));
    const lists = { ...NO_LISTS, persistentRecursive: ['/'] };
    const eventCounts = await Promise.all(
      clients.map(async (client) => {
        await client.request({ op: OpCode.setWatches2, relativeZxid: zxid, ...lists });
        return client.events.length;
      }),
    );
    expect(eventCounts).toEqual(Array(300).fill(300));
  });

  test('to a restarted server gets the events that it missed from the log', async () => {
    const disk = new MemoryDisk();
    const restart = async () => {
      const next = new Server({
        config: configSchema.parse({ tickMs: 5 }),
        environment: {
          clock: nodeClock,
          network: nodeNetwork,
          entropy: { bytes: (count) => new Uint8Array(count).fill(7), fraction: () => 0.5 },
          openStorage: () => openMemoryStorage(disk),
        },
        log: pino({ level: 'silent' }),
        onFatal: (error) => {
          throw error;
        },
      });
      await next.start();
      server = next;
      return next;
    };
    const before = await restart();
    const client = new MemoryClient();
    before.accept(client);
    await client.connect();
    const seen = await client.request(create('/a'));
    const changed = await client.request(setData('/a'));
    await before.close();
    const after = await restart();
    const again = new MemoryClient();
    after.accept(again);
    await again.connect();
    const lists = { ...NO_LISTS, persistent: ['/a'] };
    await again.request({ op: OpCode.setWatches2, relativeZxid: seen.zxid, ...lists });
    expect(await eventsOf(again)).toEqual([[nodeDataChanged, '/a', changed.zxid]]);
  });
});

function bound(memory: MemoryServer) {
  return {
    connect: (handshake = {}) => memory.connect(handshake),
    dial: () => memory.dial(),
  };
}
