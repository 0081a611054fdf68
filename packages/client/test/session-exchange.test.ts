import { ByteWriter, ErrorNumber, OpCode, RequestFlag } from '@conclave/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setStage } from './stage.ts';

let { world, ensemble, open, outcome } = setStage();

beforeEach(() => {
  ({ world, ensemble, open, outcome } = setStage());
});

afterEach(async () => {
  // Clients that a test leaves behind must not run on.
  ensemble.isDown = true;
  await world.advance(0);
});

function useClassicEnsemble(): void {
  ({ world, ensemble, open, outcome } = setStage({ isNative: false }));
}

describe('requests on a native session', () => {
  test('requests are numbered one by one, and confirm how far answers have arrived', async () => {
    const client = await open();
    const create = (path: string) => client.create(path);
    await world.settle(Promise.all([create('/a'), create('/b')]));
    await world.settle(create('/c'));
    expect(ensemble.requests.map(({ header }) => [header.xid, header.confirmed])).toEqual([
      [1, 0],
      [2, 0],
      [3, 2],
    ]);
  });

  test('requests of one turn of the event loop are sent together', async () => {
    const client = await open();
    const before = world.written.length;
    await world.settle(
      Promise.all([client.create('/a'), client.exists('/a'), client.get('/a'), client.sync()]),
    );
    expect(world.written.length - before).toBe(1);
  });

  test('reads are linearizable by default', async () => {
    const client = await open();
    await world.settle(Promise.all([client.exists('/'), client.exists('/', { consistency: 'session' })]));
    expect(ensemble.requests.map(({ header }) => header.flags)).toEqual([RequestFlag.linearizable, 0]);
  });

  test.each([
    ['the request', 'loseRequest'],
    ['the answer', 'loseAnswer'],
  ] as const)(
    'requests are sent again under their number when %s is lost, and happen once',
    async (_, fate) => {
      const client = await open();
      const seen = new Set<number>();
      ensemble.decideFate = ({ xid }) => {
        if (seen.has(xid)) return 'answer';
        seen.add(xid);
        return xid > 0 ? fate : 'answer';
      };
      await world.settle(client.create('/n', 'x'));
      const created = await world.settle(
        Promise.all(
          Array.from({ length: 20 }, () => client.create('/n/s-', null, { mode: 'persistentSequential' })),
        ),
      );
      for (let i = 0; i < 20; i++) await world.settle(client.set('/n', `${i}`));
      expect(created.map(({ path }) => path)).toEqual(
        Array.from({ length: 20 }, (_, i) => `/n/s-${String(i).padStart(10, '0')}`),
      );
      expect((await world.settle(client.get('/n'))).stat.version).toBe(20);
      expect(client.session.id).toBe(1n);
    },
  );

  test('the ensemble remembers an answer until it has arrived, however often it is lost', async () => {
    const client = await open();
    let deliveries = 0;
    ensemble.decideFate = ({ xid }) => {
      if (xid === 1) deliveries++;
      if (deliveries > 3) return 'answer';
      return xid === 5 ? 'loseAnswer' : 'withholdAnswer';
    };
    const paths = ['/1', '/2', '/3', '/4', '/5'];
    const created = await world.settle(Promise.all(paths.map((path) => client.create(path))));
    expect(created.map(({ path }) => path)).toEqual(paths);
    expect(deliveries).toBe(4);
    expect(new Set(ensemble.requests.map(({ header }) => header.confirmed))).toEqual(new Set([0]));
  });

  test('writes wait while 4,096 are unanswered', async () => {
    const client = await open();
    ensemble.decideFate = (_header, _request, connection) => {
      connection.silence();
      return 'silence';
    };
    const calls = Array.from({ length: 5_000 }, (_, i) => outcome(client.set('/', `${i}`)));
    await world.advance(50);
    ensemble.decideFate = () => 'answer';
    ensemble.cut();
    await world.settle(Promise.all(calls));
    // The window between the oldest unanswered request and the newest is never larger.
    for (const { header } of ensemble.requests)
      expect(header.xid - header.confirmed).toBeLessThanOrEqual(4_096);
    expect(ensemble.nodes.get('/')?.version).toBe(5_000);
  });

  test('calls are refused when 65,536 are already waiting', async () => {
    const client = await open();
    ensemble.isDown = true;
    ensemble.cut();
    await world.advance(10);
    const calls = Array.from({ length: 65_537 }, () =>
      client.exists('/').catch((error: { code: string }) => error.code),
    );
    expect(await outcome(calls.at(-1) ?? Promise.reject(new Error()))).toBe('QUEUE_FULL');
    void world.settle(client.close());
    await world.advance(3_000);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['CLOSED', 'QUEUE_FULL']));
  });

  test('requests that are refused because the session has moved are sent again', async () => {
    const client = await open();
    let refusals = 0;
    ensemble.decideFate = ({ xid }) =>
      xid > 0 && refusals++ < 3 ? { error: ErrorNumber.SESSION_MOVED } : 'answer';
    expect(await outcome(client.create('/a'))).toMatchObject({ path: '/a' });
  });

  test('a write whose answer the ensemble has forgotten rejects with OUTCOME_UNKNOWN', async () => {
    const client = await open();
    ensemble.decideFate = () => ({ error: ErrorNumber.ANSWER_FORGOTTEN });
    const error = await world.settle(client.create('/a').catch((cause: unknown) => cause));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', path: '/a', retryable: false });
  });
});

describe('requests on a classic session', () => {
  test('one sync is sent ahead of the linearizable reads of a turn of the event loop', async () => {
    useClassicEnsemble();
    const client = await open();
    await world.settle(
      Promise.all([client.exists('/'), client.get('/'), client.exists('/', { consistency: 'session' })]),
    );
    expect(ensemble.requests.map(({ request }) => request.op)).toEqual([
      OpCode.sync,
      OpCode.exists,
      OpCode.getData,
      OpCode.exists,
    ]);
    await world.settle(client.get('/'));
    expect(ensemble.requests.slice(4).map(({ request }) => request.op)).toEqual([
      OpCode.sync,
      OpCode.getData,
    ]);
  });

  test('writes in flight reject with OUTCOME_UNKNOWN when the connection breaks, and reads are sent again', async () => {
    useClassicEnsemble();
    const client = await open();
    let isCut = false;
    ensemble.decideFate = () => {
      if (isCut) return 'answer';
      isCut = true;
      return 'loseAnswer';
    };
    const write = client.create('/a').catch((cause: unknown) => cause);
    const read = client.get('/a');
    expect(await world.settle(write)).toMatchObject({ code: 'OUTCOME_UNKNOWN', path: '/a' });
    expect(await world.settle(read)).toMatchObject({ data: new Uint8Array(0) });
    expect(await outcome(client.create('/b'))).toMatchObject({ path: '/b' });
  });

  test('a classic session refuses native operations', async () => {
    useClassicEnsemble();
    const client = await open();
    expect(await outcome(client.request({ op: OpCode.lineStatus, path: '/l', prefix: 'x' }))).toBe(
      'UNSUPPORTED',
    );
  });
});

describe('aborting', () => {
  test('aborting withdraws a call that was not sent', async () => {
    const client = await open();
    ensemble.isDown = true;
    ensemble.cut();
    await world.advance(10);
    const aborter = new AbortController();
    const call = outcome(client.create('/a', null, { signal: aborter.signal }));
    aborter.abort('enough');
    expect(await call).toBe('enough');
    ensemble.isDown = false;
    await world.advance(100);
    expect(ensemble.nodes.has('/a')).toBe(false);
    expect(client.state).toBe('connected');
  });

  test('aborting rejects a write that was sent with OUTCOME_UNKNOWN', async () => {
    const client = await open();
    const aborter = new AbortController();
    const call = client.create('/a', null, { signal: aborter.signal }).catch((error: unknown) => error);
    aborter.abort('enough');
    expect(await world.settle(call)).toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: 'enough' });
    expect(await outcome(client.exists('/a'))).toMatchObject({ version: 0 });
  });

  test('aborting rejects a read with the reason, and its late answer disturbs nothing', async () => {
    const client = await open();
    const aborter = new AbortController();
    const call = outcome(client.get('/', { signal: aborter.signal }));
    aborter.abort('enough');
    expect(await call).toBe('enough');
    expect(await outcome(client.exists('/'))).toMatchObject({ version: 0 });
  });

  test('a call with a signal that has fired already sends nothing', async () => {
    const client = await open();
    expect(await outcome(client.create('/a', null, { signal: AbortSignal.abort('early') }))).toBe('early');
    expect(ensemble.requests).toEqual([]);
  });
});

describe('malformed answers', () => {
  test('an answer with a wrong number ends the connection, and the next one answers the call', async () => {
    const client = await open();
    let isDone = false;
    ensemble.decideFate = ({ xid }, _request, connection) => {
      if (isDone) return 'answer';
      isDone = true;
      connection.sendRaw(frame((writer) => writeAnswer(writer, xid + 7)));
      return 'answer';
    };
    expect(await outcome(client.create('/a'))).toMatchObject({ path: '/a' });
  });

  test('an answer that cannot be decoded fails its own call only', async () => {
    const client = await open();
    let isDone = false;
    ensemble.decideFate = ({ xid, opcode }, _request, connection) => {
      if (isDone || opcode !== OpCode.getData) return 'answer';
      isDone = true;
      connection.sendRaw(frame((writer) => writeAnswer(writer, xid)));
      return 'silence';
    };
    const calls = [client.get('/'), client.exists('/')].map(outcome);
    expect(await Promise.all(calls)).toEqual(['BAD_ANSWER', expect.objectContaining({ version: 0 })]);
  });

  test('an answer that is too large fails its own call only', async () => {
    const client = await open({ frameBytesMax: 4_096 });
    await world.settle(client.create('/large'));
    const node = ensemble.nodes.get('/large');
    if (node !== undefined) node.data = new Uint8Array(10_000);
    const calls = [client.get('/large'), client.exists('/large')].map(outcome);
    expect(await Promise.all(calls)).toEqual(['ANSWER_TOO_LARGE', expect.objectContaining({ version: 0 })]);
  });

  test('a request that is too large is not sent, and disturbs nothing', async () => {
    const client = await open({ frameBytesMax: 4_096 });
    const calls = [client.create('/a'), client.set('/a', 'x'.repeat(5_000)), client.exists('/a')].map(
      outcome,
    );
    expect(await Promise.all(calls)).toMatchObject([{ path: '/a' }, 'FRAME_TOO_LARGE', { version: 0 }]);
    expect(ensemble.requests.map(({ header }) => header.xid)).toEqual([1, 2]);
  });
});

describe('grants', () => {
  test('a grant that comes right behind the answer is kept until the caller listens', async () => {
    const client = await open();
    ensemble.decideFate = ({ xid }) => {
      if (xid > 0) queueMicrotask(() => ensemble.grant(client.session.id, '/l/p0000000000'));
      return 'answer';
    };
    const joined = await world.settle(
      client.request({ op: OpCode.lineJoin, path: '/l', prefix: 'p', data: null, wait: true }),
    );
    const granted = new Promise((resolve) => client.onGranted(joined.node, resolve));
    expect(await world.settle(granted)).toMatchObject({ path: joined.node, zxid: joined.zxid });
  });

  test('a grant reaches its listener once, until the listener stops', async () => {
    const client = await open();
    const seen: string[] = [];
    const stop = client.onGranted('/l/p', ({ path }) => seen.push(path));
    ensemble.grant(client.session.id, '/l/p');
    await world.advance(10);
    stop();
    ensemble.grant(client.session.id, '/l/p');
    await world.advance(10);
    expect(seen).toEqual(['/l/p']);
  });
});

describe('a chroot', () => {
  test('all paths are relative to the chroot, in answers, events and errors too', async () => {
    const plain = await open();
    await world.settle(plain.create('/app'));
    const client = await open({ chroot: '/app' });
    const events: string[] = [];
    await world.settle(client.exists('/a', { watch: ({ path, type }) => events.push(`${type} ${path}`) }));
    const created = await world.settle(
      client.create('/a/', null, { mode: 'persistentSequential' }).catch(() => null),
    );
    expect(created).toBeNull();
    expect(await world.settle(client.create('/a'))).toMatchObject({ path: '/a' });
    expect(events).toEqual(['created /a']);
    expect(ensemble.nodes.has('/app/a')).toBe(true);
    expect((await world.settle(client.children('/'))).children).toEqual(['a']);
    const error = await world.settle(client.get('/nope').catch((cause: unknown) => cause));
    expect(error).toMatchObject({ code: 'NO_NODE', path: '/nope' });
    const multi = await world.settle(client.multi([{ type: 'create', path: '/b' }]));
    expect(multi).toMatchObject([{ type: 'create', path: '/b' }]);
  });
});

function frame(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  const at = writer.reserveInt();
  write(writer);
  writer.setInt(at, writer.length - at - 4);
  return writer.take();
}

/** A native reply header, and a byte that belongs to no record. */
function writeAnswer(writer: ByteWriter, xid: number): void {
  writer.long(xid);
  writer.long(1);
  writer.int(0);
  writer.boolean(true);
}
