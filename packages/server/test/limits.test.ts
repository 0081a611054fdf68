import {
  CreateFlag,
  type CreateRequest,
  ErrorNumber,
  OPEN_ACL,
  OpCode,
  ProtocolVersion,
} from '@conclave/protocol';
import { Tree } from '@conclave/tree';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { nodeClock } from '../src/environment/node-environment.ts';
import { ClientOutbox } from '../src/requests/client-outbox.ts';
import type { MemoryClient } from './support/memory-client.ts';
import { MemoryServer } from './support/memory-server.ts';

let server: MemoryServer;
afterEach(() => server.close());

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function create(path: string, data = new Uint8Array(0)): CreateRequest {
  return { op: OpCode.create, path, data, acl: OPEN_ACL, flags: CreateFlag.persistent };
}

const KINDS = [
  ['ZooKeeper', ProtocolVersion.zookeeper, ErrorNumber.MARSHALLING_ERROR],
  ['native', ProtocolVersion.native, ErrorNumber.ANSWER_TOO_LARGE],
] as const;

describe.each(KINDS)('a %s session', (_kind, protocolVersion, tooLarge) => {
  test('continues after an answer that is too large for a frame', async () => {
    const limits = { frameBytesMax: 20_000, zookeeperFrameBytesMax: 20_000 };
    server = await MemoryServer.start(limits);
    const client = await server.connect({ protocolVersion });
    await client.request(create('/many'));
    const name = 'n'.repeat(200);
    for (let i = 0; i < 150; i++) await client.request(create(`/many/${name}${i}`));
    const children = { op: OpCode.getChildren, path: '/many', watch: false } as const;
    expect(await client.request(children)).toMatchObject({ error: tooLarge });
    expect(await client.request({ op: OpCode.exists, path: '/many', watch: false })).toMatchObject({
      error: ErrorNumber.OK,
      response: { stat: { numChildren: 150 } },
    });
  });

  test('gets the error for an answer that is too large without the server encoding it', async () => {
    server = await MemoryServer.start({ frameBytesMax: 16_384, zookeeperFrameBytesMax: 16_384 });
    const client = await server.connect({ protocolVersion });
    await client.request(create('/many'));
    for (let i = 0; i < 4000; i++) client.sendRequest(create(`/many/${i}`));
    for (let i = 0; i < 4000; i++) await client.replyHeader();
    const write = vi.spyOn(ClientOutbox.prototype, 'reply');
    try {
      const children = { op: OpCode.getChildren, path: '/many', watch: false } as const;
      const read = { op: OpCode.multiRead, operations: [children] } as const;
      for (const request of [children, { ...children, op: OpCode.getChildren2 }, read]) {
        expect(await client.request(request)).toMatchObject({ error: tooLarge });
      }
      for (const [, , , response] of write.mock.calls) expect(response).toBeUndefined();
    } finally {
      write.mockRestore();
    }
  });

  test('ends as soon as the announced length of a frame is above the limit', async () => {
    server = await MemoryServer.start({ frameBytesMax: 20_000, zookeeperFrameBytesMax: 20_000 });
    const client = await server.connect({ protocolVersion });
    const other = await server.connect({ protocolVersion });
    client.onData(new Uint8Array([0, 0, 0x4e, 0x21]));
    await client.closed();
    expect(await other.request(create('/fine'))).toMatchObject({ error: ErrorNumber.OK });
  });
});

test('native and ZooKeeper sessions have separate frame limits', async () => {
  server = await MemoryServer.start({ frameBytesMax: 40_000, zookeeperFrameBytesMax: 20_000 });
  const native = await server.connect({ protocolVersion: ProtocolVersion.native });
  expect(await native.request(create('/large', new Uint8Array(30_000)))).toMatchObject({ error: 0 });
  const classic = await server.connect();
  expect(await classic.request({ op: OpCode.getData, path: '/large', watch: false })).toMatchObject({
    error: ErrorNumber.MARSHALLING_ERROR,
  });
  classic.sendRequest(create('/larger', new Uint8Array(30_000)));
  await classic.closed();
});

test('a client that announces a long handshake is closed at once', async () => {
  server = await MemoryServer.start();
  const stranger = server.dial();
  stranger.onData(new Uint8Array([0, 1, 0, 0]));
  expect(stranger.isOpen).toBe(false);
});

test('connections from one address above the limit are refused', async () => {
  server = await MemoryServer.start({ connectionsPerAddressMax: 2 });
  const [one, two] = [server.dial('10.0.0.1'), server.dial('10.0.0.1')];
  expect(server.dial('10.0.0.1').isOpen).toBe(false);
  expect(server.dial('10.0.0.2').isOpen).toBe(true);
  one.destroy();
  expect(server.dial('10.0.0.1').isOpen).toBe(true);
  expect(two.isOpen).toBe(true);
});

describe('under load', () => {
  async function flood(client: MemoryClient, count: number): Promise<void> {
    for (let i = 0; i < count; i++) client.sendRequest(create(`/n${i}-${client.remoteAddress}`));
    await turn();
  }

  test('a connection that has a request in flight is not read, and each connection gets one in', async () => {
    server = await MemoryServer.start({ outstandingMax: 10 });
    const busy = await server.connect({}, 'busy');
    const modest = await server.connect({}, 'modest');
    for (let i = 0; i < 10; i++) busy.sendRequest(create(`/n${i}`));
    expect(busy.isPaused).toBe(true);
    expect(modest.isPaused).toBe(false);
    modest.sendRequest(create('/m'));
    expect(modest.isPaused).toBe(true);
    for (let i = 0; i < 10; i++) expect(await busy.reply(OpCode.create)).toMatchObject({ error: 0 });
    expect(await modest.reply(OpCode.create)).toMatchObject({ error: 0 });
    await turn();
    expect([busy.isPaused, modest.isPaused]).toEqual([false, false]);
  });

  test('requests that wait for a client to read its answers do not count as load', async () => {
    server = await MemoryServer.start({ outstandingMax: 10 });
    const [deaf, modest] = [await server.connect({}, 'deaf'), await server.connect({}, 'modest')];
    await deaf.request(create('/large', new Uint8Array(100_000)));
    deaf.bufferedBytes = 2 * 1024 * 1024;
    deaf.isFull = true;
    for (let i = 0; i < 100; i++) deaf.sendRequest({ op: OpCode.getData, path: '/large', watch: false });
    await turn();
    expect(deaf.isPaused).toBe(true);
    for (let i = 0; i < 5; i++) modest.sendRequest(create(`/m${i}`));
    expect(modest.isPaused).toBe(false);
    for (let i = 0; i < 5; i++) expect(await modest.reply(OpCode.create)).toMatchObject({ error: 0 });
  });

  test('a connection with too many requests in flight is not read until half of them are answered', async () => {
    server = await MemoryServer.start({ outstandingPerConnectionMax: 8 });
    const client = await server.connect();
    await flood(client, 0);
    for (let i = 0; i < 8; i++) client.sendRequest(create(`/n${i}`));
    expect(client.isPaused).toBe(true);
    for (let i = 0; i < 8; i++) await client.reply(OpCode.create);
    await turn();
    expect(client.isPaused).toBe(false);
  });
});

describe('a client that sends many requests at once', () => {
  const BYTES = 100_000;
  const COUNT = 50;
  const get = { op: OpCode.getData, path: '/large', watch: false } as const;

  test('is answered in parts, one in each turn, and other clients are answered in between', async () => {
    server = await MemoryServer.start();
    const greedy = await server.connect();
    const modest = await server.connect();
    await greedy.request(create('/large', new Uint8Array(BYTES)));
    for (let i = 0; i < COUNT; i++) greedy.sendRequest(get);
    expect(await modest.request({ op: OpCode.exists, path: '/large', watch: false })).toMatchObject({
      error: 0,
    });
    expect(greedy.framesWaiting).toBeLessThan(COUNT / 2);
    for (let i = 0; i < COUNT; i++) expect(await greedy.reply(OpCode.getData)).toMatchObject({ error: 0 });
  });

  test('gets one or two answers a turn if they are expensive, and its writes take effect in order', async () => {
    server = await MemoryServer.start();
    const greedy = await server.connect();
    const modest = await server.connect();
    const count = { op: OpCode.getAllChildrenNumber, path: '/' } as const;
    for (let i = 0; i < COUNT; i++) {
      greedy.sendRequest(count);
      if (i % 10 === 9) greedy.sendRequest(create(`/n${i}`));
    }
    expect(await modest.request({ op: OpCode.exists, path: '/', watch: false })).toMatchObject({ error: 0 });
    expect(greedy.framesWaiting).toBeLessThan(COUNT / 2);
    const totals: number[] = [];
    for (let i = 0; i < COUNT; i++) {
      const { response } = await greedy.reply(OpCode.getAllChildrenNumber);
      if (response?.op === OpCode.getAllChildrenNumber) totals.push(response.total);
      if (i % 10 === 9) expect(await greedy.reply(OpCode.create)).toMatchObject({ error: 0 });
    }
    expect(totals.map((total) => total - (totals[0] ?? 0))).toEqual(
      Array.from({ length: COUNT }, (_, i) => Math.floor(i / 10)),
    );
  });

  test.each([
    ['without writes', COUNT],
    ['with writes between the reads', 5],
  ])(
    'is served in parts, one in each turn, if its answers are too large for a frame (%s)',
    async (_, every) => {
      server = await MemoryServer.start({ zookeeperFrameBytesMax: 20_000 });
      const [greedy, modest] = [await server.connect(), await server.connect()];
      const name = 'n'.repeat(200);
      for (let i = 0; i < 300; i++) await modest.request(create(`/${name}${i}`));
      const asked: number[] = [];
      for (let i = 1; i <= COUNT; i++) {
        greedy.sendRequest({ op: OpCode.getChildren, path: '/', watch: false }, { xid: asked.push(i) });
        if (i % every === 0) greedy.sendRequest(create(`/n${i}`), { xid: asked.push(i) });
      }
      await modest.request(create('/modest'));
      expect(greedy.framesWaiting).toBeLessThan(COUNT / 2);
      for (const at of asked.keys()) expect(await greedy.replyHeader()).toMatchObject({ xid: at + 1 });
    },
  );

  test('loses its connection, and no other client does, if one of its reads fails in a later turn', async () => {
    server = await MemoryServer.start();
    const [greedy, modest] = [await server.connect(), await server.connect()];
    const read = vi.spyOn(Tree.prototype, 'read');
    try {
      const count = { op: OpCode.getAllChildrenNumber, path: '/' } as const;
      greedy.sendRequest(count);
      greedy.sendRequest(count);
      expect(read).toHaveBeenCalledTimes(1);
      read.mockImplementationOnce(() => {
        throw new TypeError('a read that fails');
      });
      await greedy.closed();
    } finally {
      read.mockRestore();
    }
    expect(server.lines).toContainEqual(
      expect.objectContaining({ msg: 'a request failed unexpectedly', level: 50 }),
    );
    expect(await modest.request(create('/fine'))).toMatchObject({ error: ErrorNumber.OK });
  });

  test('gets all answers before one that cannot be written, and then loses its connection', async () => {
    server = await MemoryServer.start();
    const [greedy, modest] = [await server.connect(), await server.connect()];
    await greedy.request(create('/large', new Uint8Array(BYTES)));
    const read = vi.spyOn(Tree.prototype, 'read');
    try {
      greedy.sendRequest(get);
      const response = read.mock.results[0]?.value?.response;
      const stat = { ...response.stat, pzxid: 2 ** 60 };
      read.mockReturnValueOnce({ error: ErrorNumber.OK, response: { ...response, stat } });
      greedy.sendRequest(get);
      await greedy.closed();
    } finally {
      read.mockRestore();
    }
    expect(await greedy.reply(OpCode.getData)).toMatchObject({ error: ErrorNumber.OK });
    expect(greedy.inFrame).toBe(false);
    await expect(greedy.frame()).rejects.toThrow('has ended');
    expect(server.lines).toContainEqual(
      expect.objectContaining({ msg: 'a request failed unexpectedly', level: 50 }),
    );
    expect(await modest.request(create('/fine'))).toMatchObject({ error: ErrorNumber.OK });
  });

  test('sees its reads and writes take effect in the order in which it sent them', async () => {
    server = await MemoryServer.start();
    const client = await server.connect();
    await client.request(create('/large', new Uint8Array(BYTES)));
    const set = (length: number) =>
      ({ op: OpCode.setData, path: '/large', data: new Uint8Array(length), version: -1 }) as const;
    const lengths: number[] = [];
    for (let i = 0; i < 300; i++) {
      if (i % 7 === 3) client.sendRequest(set(BYTES + i));
      else client.sendRequest(get);
      lengths.push(i % 7 === 3 ? BYTES + i : (lengths.at(-1) ?? BYTES));
    }
    for (const [i, length] of lengths.entries()) {
      const { response } = await client.reply(i % 7 === 3 ? OpCode.setData : OpCode.getData);
      if (response?.op === OpCode.getData) expect(response.data?.length).toBe(length);
      else expect(response).toMatchObject({ stat: { dataLength: length } });
    }
  });
});

describe('large requests', () => {
  const LENGTH = 60_000;
  const limits = { largeRequestBytes: 10_000, largeRequestsBytesMax: 65_536 };

  /** A frame that `client` has not sent. */
  function largeFrame(client: MemoryClient): Uint8Array {
    let frame = new Uint8Array(0);
    const receive = client.onData;
    client.onData = (chunk) => {
      frame = chunk.slice();
    };
    client.sendRequest(create(`/${client.remoteAddress}`, new Uint8Array(LENGTH)));
    client.onData = receive;
    return frame;
  }

  /** Sends the beginning of a request of `LENGTH` bytes; returns what sends the rest. */
  function announce(client: MemoryClient): () => void {
    const frame = largeFrame(client);
    client.onData(frame.subarray(0, 100));
    return () => client.onData(frame.subarray(100));
  }

  test('above the limit for their bytes are not read until there is room', async () => {
    server = await MemoryServer.start(limits);
    const [one, two, small] = [
      await server.connect({}, 'one'),
      await server.connect({}, 'two'),
      await server.connect({}, 'small'),
    ];
    const goOn = announce(one);
    const goOnToo = announce(two);
    expect([one.isPaused, two.isPaused]).toEqual([false, true]);
    expect(await small.request(create('/small'))).toMatchObject({ error: 0 });
    goOn();
    expect(await one.reply(OpCode.create)).toMatchObject({ error: 0 });
    await turn();
    expect(two.isPaused).toBe(false);
    goOnToo();
    expect(await two.reply(OpCode.create)).toMatchObject({ error: 0 });
  });

  test('in a stream that hands out whole messages need room as soon as they are long', async () => {
    server = await MemoryServer.start(limits);
    const [one, two] = [await server.connect({}, 'one'), await server.connect({}, 'two')];
    one.onGather?.(LENGTH);
    two.onGather?.(LENGTH);
    expect([one.isPaused, two.isPaused]).toEqual([false, true]);
    expect(await one.request(create('/whole', new Uint8Array(LENGTH)))).toMatchObject({ error: 0 });
    await turn();
    expect(two.isPaused).toBe(false);
    const stranger = server.dial();
    stranger.onGather?.(LENGTH);
    expect(stranger.isOpen).toBe(false);
  });

  test('free their room when their connection ends', async () => {
    server = await MemoryServer.start(limits);
    const [one, two] = [await server.connect({}, 'one'), await server.connect({}, 'two')];
    announce(one);
    announce(two);
    one.destroy();
    await turn();
    await turn();
    expect(two.isPaused).toBe(false);
  });

  describe('have a limited time to arrive', () => {
    const LARGE_REQUEST_MS = 30_000;
    let running: Set<() => void>;
    const after = nodeClock.after.bind(nodeClock);

    beforeEach(() => {
      running = new Set();
      vi.spyOn(nodeClock, 'after').mockImplementation((delayMs, task) => {
        if (delayMs !== LARGE_REQUEST_MS) return after(delayMs, task);
        running.add(task);
        return () => running.delete(task);
      });
    });
    afterEach(() => {
      vi.restoreAllMocks();
    });

    const starts = () =>
      vi.mocked(nodeClock.after).mock.calls.filter(([ms]) => ms === LARGE_REQUEST_MS).length;

    test('that starts anew for a request of the same length right behind', async () => {
      server = await MemoryServer.start(limits);
      const client = await server.connect();
      const [frame, next] = [largeFrame(client), largeFrame(client)];
      client.onData(frame.subarray(0, 20_000));
      client.onData(frame.subarray(20_000, 40_000));
      expect([starts(), running.size]).toEqual([1, 1]);
      client.onData(Uint8Array.of(...frame.subarray(40_000), ...next.subarray(0, 20_000)));
      expect([starts(), running.size]).toEqual([2, 1]);
    });

    test('that stops while the server does not read them', async () => {
      server = await MemoryServer.start({ ...limits, outstandingMax: 1 });
      const client = await server.connect();
      client.sendRequest(create('/small'));
      announce(client);
      expect(client.isPaused).toBe(true);
      expect(running.size).toBe(0);
      await client.reply(OpCode.create);
      await turn();
      expect(client.isPaused).toBe(false);
      expect(running.size).toBe(1);
    });

    test('that goes on while their client does not read its answers', async () => {
      server = await MemoryServer.start(limits);
      const client = await server.connect();
      client.bufferedBytes = 2 * 1024 * 1024;
      client.isFull = true;
      await client.request({ op: OpCode.exists, path: '/', watch: false });
      expect(client.isPaused).toBe(true);
      announce(client);
      expect(running.size).toBe(1);
    });
  });
});
