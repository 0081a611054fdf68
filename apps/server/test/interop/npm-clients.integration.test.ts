import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@conclave/client';
import { type CuttingProxy, conclaveEnsemble, type Ensemble } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineProcess } from '../support/line-process.ts';
import { Proxies } from './proxies.ts';

/** A folder in which the package `zookeeper` was built. It also contains the `node` that it was built for. */
const NATIVE = process.env.CONCLAVE_NPM_ZOOKEEPER ?? '';
const nativeFolder = join(NATIVE, 'node_modules', 'zookeeper');
const nativeMissing = NATIVE === '' || !existsSync(nativeFolder);

/** The ZooKeeper clients on npm. */
describe('a client from npm keeps its session when its server is killed', () => {
  let ensemble: Ensemble;

  beforeAll(async () => {
    ensemble = await conclaveEnsemble();
    await ensemble.serve();
  });

  afterAll(() => ensemble?.stop());

  it('node-zookeeper-client', async () => {
    const groups = await run(process.execPath, [scriptPath('node_zookeeper_client.mjs')], '/n');
    expect(groups).toEqual([
      'creates',
      'reads and sets',
      'watches',
      'transacts',
      'rights',
      'fails over',
      'closes',
    ]);
  });

  it.skipIf(nativeMissing)(
    `zookeeper${nativeMissing ? ' (CONCLAVE_NPM_ZOOKEEPER names no folder in which it was built)' : ''}`,
    async () => {
      const args = [scriptPath('native_zookeeper.mjs'), nativeFolder];
      const groups = await run(join(NATIVE, 'node'), args, '/z');
      expect(groups).toEqual(['creates', 'reads and sets', 'watches', 'fails over', 'closes']);
    },
  );

  /** Runs a client. On its request kills the server that it is connected to, and changes `path` while it is away. */
  async function run(node: string, args: readonly string[], path: string): Promise<(string | undefined)[]> {
    await using proxies = await Proxies.before(ensemble);
    // Other connections of the script come and go. Only the first one matters here.
    let first: CuttingProxy | undefined;
    for (const proxy of proxies.each) {
      proxy.judge = () => {
        first ??= proxy;
        return 'pass';
      };
    }
    await using sdk = await connect({ servers: ensemble.webServers });
    await using script = new LineProcess(node, [...args, proxies.connectString]);
    const before = await script.sees(/^middle\n/m);
    const struck = ensemble.members.find((_, i) => proxies.each[i] === first);
    await struck?.kill();
    await sdk.set(path, 'while it was away');
    script.write('struck');
    const after = await script.finish();
    struck?.start();
    await ensemble.ready();
    expect(script.exitCode, after).toBe(0);
    return [...`${before}${after}`.matchAll(/^ok (.+)$/gm)].map(([, group]) => group);
  }
});

function scriptPath(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}
