import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { conclaveEnsemble, type Ensemble } from '@conclave/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

let ensemble: Ensemble;
let client: Client;
let path = '';
let count = 0;

beforeAll(async () => {
  ensemble = await conclaveEnsemble({ servers: 1 });
  await ensemble.serve();
});

afterAll(() => ensemble?.stop());

beforeEach(async () => {
  client = await connect({ servers: ensemble.webServers });
  path = `/locks/${++count}`;
});

afterEach(() => client.close());

test('the command runs with the lock, finds it in its environment, and sets the exit code', async () => {
  const script = `console.log(JSON.stringify([process.env.CONCLAVE_FENCING_TOKEN, process.env.CONCLAVE_LOCK_PATH,
    process.env.CONCLAVE_LOCK_NODE])); process.exitCode = 7`;
  const ran = await end(start(['lock', path, '--', process.execPath, '-e', script]));
  expect(ran).toMatchObject({ code: 7, err: '' });
  const [token, lockPath, node] = JSON.parse(ran.out);
  expect(lockPath).toBe(path);
  expect(node.startsWith(`${path}/`)).toBe(true);
  expect((await client.children(path)).children).toEqual([]);
  const next = await mutex(client, path).acquire();
  expect(next.fencingToken).toBeGreaterThan(Number(token));
});

test('the command runs only when the lock is free', async () => {
  const held = await mutex(client, path).acquire();
  const tried = await end(start(['lock', '--try', path, '--', 'echo', 'hello']));
  expect(tried).toMatchObject({
    code: 123,
    out: '',
    err: expect.stringContaining('held by another session'),
  });
  const late = await end(start(['lock', '--wait', '100', path, '--', 'echo', 'hello']));
  expect(late).toMatchObject({ code: 123, out: '', err: expect.stringContaining('TIMEOUT') });
  const queued = new Promise<void>((resolve) => {
    void client.children(path, { watch: () => resolve() });
  });
  const waiting = start(['lock', path, '--', 'echo', 'hello']);
  await queued;
  await held.release();
  expect(await end(waiting)).toMatchObject({ code: 0, out: 'hello\n' });
});

test('a lost lock stops the command with SIGTERM first', async () => {
  const script = `process.on('SIGTERM', () => { console.log('stopped'); process.exit(0); });
    setInterval(() => {}, 1000); console.log('running')`;
  const running = start(['lock', path, '--', process.execPath, '-e', script]);
  await says(running, 'running');
  const holder = await mutex(client, path).holder();
  await client.delete(holder?.node ?? '');
  expect(await end(running)).toMatchObject({
    code: 124,
    out: 'running\nstopped\n',
    err: expect.stringContaining('is lost; the command is stopped'),
  });
});

test('a command that ignores SIGTERM is killed, with every process that it started', async () => {
  const script = `process.on('SIGTERM', () => console.log('no'));
    require('node:child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')"], { stdio: 'inherit' });
    setInterval(() => {}, 1000)`;
  const running = start(['lock', '--grace', '50', path, '--', process.execPath, '-e', script]);
  await says(running, 'ready');
  const holder = await mutex(client, path).holder();
  await client.delete(holder?.node ?? '');
  // The output ends only when the last process that could write to it has.
  expect(await end(running)).toMatchObject({ code: 124 });
});

test('signals are passed on to the command, and the lock is released', async () => {
  const script = `process.on('SIGINT', () => { console.log('interrupted'); process.exit(5); });
    setInterval(() => {}, 1000); console.log('running')`;
  const running = start(['lock', path, '--', process.execPath, '-e', script]);
  await says(running, 'running');
  running.kill('SIGINT');
  expect(await end(running)).toMatchObject({ code: 5, out: 'running\ninterrupted\n' });
  expect(await mutex(client, path).holder()).toBeNull();
});

test('a command that a signal ends sets the exit code as in shells', async () => {
  const ran = await end(
    start(['lock', path, '--', process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")']),
  );
  expect(ran.code).toBe(137);
});

test('an interrupt while waiting for the lock gives up the place in the line', async () => {
  const held = await mutex(client, path).acquire();
  const queued = new Promise<void>((resolve) => {
    void client.children(path, { watch: () => resolve() });
  });
  const waiting = start(['lock', path, '--', 'echo', 'hello']);
  await queued;
  waiting.kill('SIGTERM');
  expect(await end(waiting)).toMatchObject({ code: 143, out: '' });
  expect((await client.children(path)).children).toEqual([held.node.slice(path.length + 1)]);
});

test.each([
  ['no-such-program', 127, 'no such program'],
  ['/', 126, 'EACCES'],
])('a command %s that cannot be run releases the lock', async (program, code, text) => {
  const ran = await end(start(['lock', path, '--', program]));
  expect(ran).toMatchObject({ code, err: expect.stringContaining(text) });
  expect(await mutex(client, path).holder()).toBeNull();
});

describe('without a server', () => {
  test('lock fails before the command runs', async () => {
    const ran = await end(
      start(['--server', '127.0.0.1:1', '--timeout', '300', 'lock', path, '--', 'echo', 'hello'], []),
    );
    expect(ran).toMatchObject({ code: 125, out: '', err: expect.stringContaining('CONNECTION_LOST') });
  });

  test('a command reports the lost connection', async () => {
    const ran = await end(start(['--server', '127.0.0.1:1', '--timeout', '300', 'ls', '/'], []));
    expect(ran).toMatchObject({ code: 3, out: '', err: expect.stringContaining('CONNECTION_LOST') });
  });
});

interface Running extends ChildProcess {
  out: string;
  err: string;
}

function start(argv: readonly string[], servers = ensemble.webServers): Running {
  const child = spawn(
    process.execPath,
    [MAIN, ...servers.flatMap((server) => ['--server', server]), ...argv],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const running = Object.assign(child, { out: '', err: '' });
  child.stdout.on('data', (chunk: Buffer) => {
    running.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    running.err += chunk.toString();
  });
  return running;
}

function end(running: Running): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    running.once('close', (code) => resolve({ code, out: running.out, err: running.err }));
  });
}

function says(running: Running, text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!running.out.includes(text)) return;
      running.stdout?.off('data', look);
      resolve();
    };
    running.stdout?.on('data', look);
    look();
  });
}
