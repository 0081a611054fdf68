import { connect } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { conclaveEnsemble, type Ensemble, until } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LineProcess } from '../support/line-process.ts';
import { kazooMissing, titled } from './peers.ts';
import { startPython } from './programs.ts';

const missing = kazooMissing();

describe.skipIf(missing !== undefined)(titled('kazoo', missing), () => {
  let ensemble: Ensemble;

  beforeAll(async () => {
    ensemble = await conclaveEnsemble();
    await ensemble.serve();
  });

  afterAll(() => ensemble?.stop());

  function python(script: string, ...args: string[]): LineProcess {
    return startPython(script, ensemble.connectString, ...args);
  }

  it('creates, gets, sets, watches, lists, transacts and deletes', async () => {
    await using script = python('kazoo_operations.py');
    const output = await script.finish();
    expect(output.trim().split('\n')).toEqual([
      'ok creates',
      'ok gets_and_sets',
      'ok watches',
      'ok lists',
      'ok transacts',
      'ok syncs',
      'ok deletes',
      'ok closes',
    ]);
    expect(script.exitCode).toBe(0);
  });

  it('shares a lock with the SDK', async () => {
    await using client = await connect({ servers: ensemble.webServers });
    const path = '/locks/shared';
    const lock = mutex(client, path, { layout: 'kazoo' });
    const held = await lock.acquire();

    await using script = python('kazoo_lock.py', path);
    await script.sees(/^asking$/m);
    await until(async () => ((await client.children(path)).children.length === 2 ? true : undefined), {
      what: 'kazoo to get in line',
    });
    expect(script.hasPrinted(/^held$/m)).toBe(false);
    await held.release();
    await script.sees(/^held$/m);

    expect(await lock.tryAcquire()).toBeNull();
    const next = lock.acquire();
    script.write('enough');
    await script.sees(/^released$/m);
    const again = await next;
    expect(again.fencingToken).toBeGreaterThan(held.fencingToken);
    await again.release();
    await script.finish();
    expect(script.exitCode).toBe(0);
  });

  it('keeps its session and its ephemeral node when its server dies', async () => {
    await using script = python('kazoo_session.py');
    const [, session] = /^session (\d+)$/m.exec(await script.sees(/^session \d+$/m)) ?? [];
    const leader = await ensemble.leader();
    const followers = ensemble.members.filter((member) => member !== leader);
    // The client is connected to one of the three servers.
    for (const member of [leader, ...followers]) {
      await member.kill();
      const answer = await script.ask('still there?', /^asked \d+ \d+$/m);
      expect(answer).toMatch(new RegExp(`^asked ${session} ${session}$`, 'm'));
      member.start();
      await ensemble.ready();
    }
    expect(script.hasPrinted(/^state LOST$/m)).toBe(false);
    await script.finish();
    expect(script.exitCode).toBe(0);
  });
});
