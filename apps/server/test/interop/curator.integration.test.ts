import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '@conclave/client';
import { election, mutex } from '@conclave/recipes';
import { conclaveEnsemble, type Ensemble, until } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineProcess } from '../support/line-process.ts';
import { CURATOR_CLASSPATH, curatorMissing, JAVA, kazooMissing, titled } from './peers.ts';
import { startPython } from './programs.ts';
import { Proxies } from './proxies.ts';

const missing = curatorMissing() ?? kazooMissing();
const ROUNDS = 15;
const SESSION_TIMEOUT_MS = 4_000;

/** Curator and kazoo over TCP, the SDK over WebSocket, on the same paths. */
describe.skipIf(missing !== undefined)(titled('Curator, kazoo and the SDK', missing), () => {
  let ensemble: Ensemble;
  /** The proxies through which Curator reaches the servers. */
  let proxies: Proxies;
  let curator: LineProcess;
  let sdk: Client;

  beforeAll(async () => {
    ensemble = await conclaveEnsemble();
    await ensemble.serve();
    proxies = await Proxies.before(ensemble);
    curator = startCurator();
    sdk = await connect({ servers: ensemble.webServers });
    await curator.sees(/^ready$/m);
  }, 90_000);

  afterAll(async () => {
    await curator?.[Symbol.asyncDispose]();
    await sdk?.close();
    await proxies?.[Symbol.asyncDispose]();
    await ensemble?.stop();
  });

  function startCurator(): LineProcess {
    const source = fileURLToPath(new URL('./CuratorContender.java', import.meta.url));
    const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=off';
    return new LineProcess(JAVA, [
      quiet,
      '-cp',
      CURATOR_CLASSPATH,
      source,
      proxies.connectString,
      String(SESSION_TIMEOUT_MS),
    ]);
  }

  async function startKazoo(): Promise<LineProcess> {
    const kazoo = startPython('kazoo_contender.py', ensemble.connectString, String(SESSION_TIMEOUT_MS));
    await kazoo.sees(/^ready$/m);
    return kazoo;
  }

  async function contenders(path: string, count: number): Promise<void> {
    await until(async () => ((await sdk.children(path)).children.length === count ? true : undefined), {
      what: `${count} contenders in line`,
    });
  }

  it('exclude one another in many rounds, and get the lock in the order of their requests', async () => {
    await using kazoo = await startKazoo();
    const path = '/contended';
    await sdk.create(`${path}/grants`, null, { parents: true });
    await sdk.create(`${path}/count`, '0');
    curator.write(`contend ${path} ${ROUNDS}`);
    kazoo.write(`contend ${path} ${ROUNDS}`);
    for (let round = 0; round < ROUNDS; round++) {
      await using held = await mutex(sdk, `${path}/lock`).acquire();
      await sdk.create(`${path}/inside`, null, { mode: 'ephemeral' });
      const { data } = await sdk.get(`${path}/count`);
      await sdk.create(`${path}/grants/n-`, held.node, { mode: 'persistentSequential' });
      await sdk.set(`${path}/count`, String(Number(text(data)) + 1));
      await sdk.delete(`${path}/inside`);
    }
    await curator.sees(/^contended$/m);
    await kazoo.sees(/^contended$/m);

    expect(text((await sdk.get(`${path}/count`)).data)).toBe(String(3 * ROUNDS));
    const { children } = await sdk.children(`${path}/grants`);
    const grants = await Promise.all(children.toSorted().map((child) => sdk.get(`${path}/grants/${child}`)));
    const numbers = grants.map(({ data }) => Number(text(data).slice(-10)));
    expect(numbers).toEqual(Array.from({ length: 3 * ROUNDS }, (_, i) => i));
    await kazoo.finish();
  });

  it('elect one leader, by LeaderLatch and by the SDK', async () => {
    const path = '/elected';
    const office = election(sdk, path, { candidate: 'sdk' });
    const leadership = await office.campaign();
    await curator.ask(`latch ${path}`, /^campaigning$/m);
    await contenders(path, 2);
    expect(curator.hasPrinted(/^leading$/m)).toBe(false);
    await leadership.resign();
    await curator.sees(/^leading$/m);
    const leader = await office.leader();
    expect(leader === null ? null : text(leader.data)).toBe('curator');
    const again = office.campaign();
    await curator.ask('resign', /^resigned$/m);
    await (await again).resign();
  });

  it('see the same tree: CuratorCache catches up with the changes made while it was cut off', async () => {
    const path = '/cached';
    await sdk.create(path);
    await sdk.create(`${path}/goes`);
    await sdk.create(`${path}/stays`, '1');
    await curator.ask(`cache ${path}`, /^initialized$/m);
    await sdk.set(`${path}/stays`, '2');
    await curator.sees(/^changed \/cached\/stays 2$/m);
    proxies.cutOff();
    await sdk.set(`${path}/stays`, '3');
    await sdk.delete(`${path}/goes`);
    await sdk.create(`${path}/comes/deep`, null, { parents: true });
    await sdk.create(`${path}/passes`);
    await sdk.delete(`${path}/passes`);
    proxies.admit();
    await sdk.create(`${path}/last`);
    // The order is arbitrary, because Curator reads the nodes again while the events arrive.
    await until(
      async () => {
        const answer = await curator.ask('cached', /^that is all$/m);
        const paths = [...answer.matchAll(/^has (\S+)$/gm)].map(([, node]) => node);
        const there = ['', '/comes', '/comes/deep', '/last', '/stays'].map((node) => `${path}${node}`);
        return JSON.stringify(paths) === JSON.stringify(there) ? true : undefined;
      },
      { what: 'the cache to equal the tree' },
    );
  });

  it('get the lock when a holder of another kind is killed', async () => {
    const path = '/inherited';
    await using first = await startKazoo();
    await using last = await startKazoo();
    await first.ask(`hold ${path}`, /^held \w{32}-lock-0000000000$/m);
    const second = forkHolder(ensemble.webServers, path);
    try {
      const heldBySdk = second.held();
      await contenders(path, 2);
      await curator.ask(`hold ${path}`, /^asking$/m);
      await contenders(path, 3);
      last.write(`hold ${path}`);
      await contenders(path, 4);
      expect((await mutex(sdk, path).holder())?.node).toMatch(/^\/inherited\/\w{32}-lock-0000000000$/);

      await first[Symbol.asyncDispose]();
      await heldBySdk;
      expect(curator.hasPrinted(/^held/m)).toBe(false);
      await second.kill();
      await curator.sees(/^held .*\/_c_[-\w]{36}-lock-0000000002$/m);
      expect(last.hasPrinted(/^held/m)).toBe(false);
      await curator[Symbol.asyncDispose]();
      await last.sees(/^held \w{32}-lock-0000000003$/m);
      await last.ask('release', /^released$/m);
      await contenders(path, 0);
      await last.finish();
    } finally {
      await second.kill();
    }
  });
});

function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

/** Starts a process that requests the lock with the SDK at once. */
function forkHolder(
  servers: readonly string[],
  path: string,
): { held(): Promise<unknown>; kill(): Promise<void> } {
  const file = fileURLToPath(new URL('../support/holder-process.ts', import.meta.url));
  const child = fork(file, [servers.join(','), path, 'tolerant', String(SESSION_TIMEOUT_MS)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const closed = once(child, 'close');
  return {
    held: () => once(child, 'message', { signal: AbortSignal.timeout(30_000) }),
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
