import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@conclave/client';
import { conclaveEnsemble, temporaryDirectory } from '@conclave/testkit';
import { describe, expect, it } from 'vitest';
import { LineProcess } from '../support/line-process.ts';
import { cClientMissing, GCC, titled } from './peers.ts';

const missing = cClientMissing();
const SOURCE = fileURLToPath(new URL('./c_client.c', import.meta.url));

/** The library libzookeeper_mt, on which many clients in other languages are built. */
describe.skipIf(missing !== undefined)(titled("ZooKeeper's C client", missing), () => {
  it('creates, watches, transacts, authenticates, and keeps its session when its server is killed', async () => {
    await using directory = await temporaryDirectory();
    const program = join(directory.path, 'c_client');
    execFileSync(GCC, ['-std=gnu11', '-DTHREADED', '-o', program, SOURCE, '-lzookeeper_mt']);
    await using ensemble = await conclaveEnsemble();
    await ensemble.serve();
    await using sdk = await connect({ servers: ensemble.webServers });
    await using script = new LineProcess(program, [ensemble.connectString]);

    const before = await script.sees(/^\{"middle":\d+\}\n/m);
    const { middle: port } = JSON.parse(before.trim().split('\n').at(-1) ?? '') as { middle: number };
    const struck = ensemble.members.find(({ tcpPort }) => tcpPort === port);
    await struck?.kill();
    await sdk.set('/c', 'while it was away');
    script.write('struck');
    const after = await script.finish();

    const steps = `${before}${after}`.matchAll(/^\{"ok":"(.+)"\}$/gm);
    expect([...steps].map(([, step]) => step)).toEqual([
      'creates',
      'gets and sets',
      'lists',
      'watches',
      'transacts',
      'rights',
      'fails over',
      'closes',
    ]);
    expect(script.exitCode).toBe(0);
  });
});
