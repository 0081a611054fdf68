import { type Client, connect } from '@conclave/client';
import { conclaveEnsemble, type Ensemble } from '@conclave/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LineProcess } from '../support/line-process.ts';
import { titled, zkcliMissing } from './peers.ts';
import { startZkcli } from './programs.ts';
import { Proxies } from './proxies.ts';

const missing = zkcliMissing();

/** The watches of ZooKeeper's own client when it is cut off and reconnects to another server. */
describe.skipIf(missing !== undefined)(titled('zkCli.sh', missing), () => {
  let ensemble: Ensemble;
  let proxies: Proxies;
  let shell: LineProcess;
  let other: Client;

  beforeEach(async () => {
    ensemble = await conclaveEnsemble();
    await ensemble.serve();
    proxies = await Proxies.before(ensemble);
    shell = await startZkcli(proxies.connectString, 30_000);
    other = await connect({ servers: ensemble.webServers });
  });

  afterEach(async () => {
    await shell?.[Symbol.asyncDispose]();
    await other?.close();
    await proxies?.[Symbol.asyncDispose]();
    await ensemble?.stop();
  });

  it('gets all events below a recursive watch that it missed while it was away, in order', async () => {
    await other.create('/w');
    shell.write('addWatch -m PERSISTENT_RECURSIVE /w');
    await shell.ask('create /w/first', /type:NodeCreated path:\/w\/first$/m);
    const first = proxies.each.find(({ accepted }) => accepted > 0);
    proxies.cutOff();
    await shell.sees(/state:Disconnected type:None path:null/);
    await other.create('/w/a', '1');
    await other.create('/w/a/b');
    await other.set('/w/a', '2');
    await other.delete('/w/a/b');
    await other.delete('/w/a');
    await other.create('/elsewhere');
    proxies.admit(first);
    const text = await shell.sees(/type:NodeDeleted path:\/w\/a$/m);
    const events = [...text.matchAll(/type:(Node\w+) path:(\S+)/g)].map(
      ([, type, path]) => `${type} ${path}`,
    );
    expect(events.slice(events.indexOf('NodeCreated /w/a'))).toEqual([
      'NodeCreated /w/a',
      'NodeCreated /w/a/b',
      'NodeDataChanged /w/a',
      'NodeDeleted /w/a/b',
      'NodeDeleted /w/a',
    ]);
    // The watch is still there after that.
    await other.create('/w/last');
    await shell.sees(/type:NodeCreated path:\/w\/last$/m);
  });
});
