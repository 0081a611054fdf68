import { conclaveEnsemble, type Ensemble } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LineProcess } from '../support/line-process.ts';
import { titled, zkcliMissing } from './peers.ts';
import { startZkcli } from './programs.ts';

const missing = zkcliMissing();

/** ZooKeeper's own shell, as packaged by Debian, on the ZooKeeper port of three servers. */
describe.skipIf(missing !== undefined)(titled('zkCli.sh', missing), () => {
  let ensemble: Ensemble;
  let shell: LineProcess;

  beforeAll(async () => {
    ensemble = await conclaveEnsemble();
    await ensemble.serve();
    shell = await startZkcli(ensemble.connectString, 10_000);
  });

  afterAll(async () => {
    await shell?.[Symbol.asyncDispose]();
    await ensemble?.stop();
  });

  it('creates', async () => {
    await shell.ask('create /cli hello', /^Created \/cli$/m);
    await shell.ask('create /cli/child', /^Created \/cli\/child$/m);
    await shell.ask('create -s /cli/n- first', /^Created \/cli\/n-0000000001$/m);
    await shell.ask('create -e /cli/mine', /^Created \/cli\/mine$/m);
    await shell.ask('create -s -e /cli/m-', /^Created \/cli\/m-0000000003$/m);
    await shell.ask('create /cli again', /^Node already exists: \/cli$/m);
    await shell.ask('create /cli/mine/child', /^Ephemerals cannot have children: \/cli\/mine\/child$/m);
    await shell.ask('create /nowhere/child', /^Node does not exist: \/nowhere\/child$/m);
  });

  it('gets, with every field of the stat', async () => {
    const text = await shell.ask('get -s /cli', /^numChildren = \d+$/m);
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => line.replace(/ = .*/, '')),
    ).toEqual([
      'hello',
      'cZxid',
      'ctime',
      'mZxid',
      'mtime',
      'pZxid',
      'cversion',
      'dataVersion',
      'aclVersion',
      'ephemeralOwner',
      'dataLength',
      'numChildren',
    ]);
    expect(text).toContain(
      'cversion = 4\ndataVersion = 0\naclVersion = 0\nephemeralOwner = 0x0\ndataLength = 5\n',
    );
    expect(await shell.ask('stat /cli/mine', /^numChildren = \d+$/m)).toMatch(
      /^ephemeralOwner = 0x[1-9a-f]/m,
    );
    await shell.ask('get /nowhere', /^Node does not exist: \/nowhere$/m);
  });

  it('sets, with and without an expected version', async () => {
    await shell.ask('set /cli world', /^/m);
    await shell.ask('get /cli', /^world$/m);
    await shell.ask('set -v 1 /cli third', /^/m);
    await shell.ask('set -v 1 /cli fourth', /^version No is not valid : \/cli$/m);
    await shell.ask('get /cli', /^third$/m);
  });

  it('watches', async () => {
    await shell.ask('get -w /cli', /^third$/m);
    await shell.ask('set /cli watched', /type:NodeDataChanged path:\/cli$/m);
    await shell.ask('ls -w /cli', /^\[.*\]$/m);
    await shell.ask('create /cli/new', /type:NodeChildrenChanged path:\/cli$/m);
    await shell.ask('stat -w /cli/new', /^numChildren = 0$/m);
    await shell.ask('delete /cli/new', /type:NodeDeleted path:\/cli\/new$/m);
  });

  it('lists', async () => {
    await shell.ask('ls /cli', /^\[child, m-0000000003, mine, n-0000000001\]$/m);
    await shell.ask(
      'ls -R /cli',
      /^\/cli\n\/cli\/child\n\/cli\/m-0000000003\n\/cli\/mine\n\/cli\/n-0000000001$/m,
    );
    await shell.ask('ls /nowhere', /^Node does not exist: \/nowhere$/m);
  });

  it('syncs', async () => {
    await shell.ask('sync /cli', /^Sync is OK$/m);
  });

  it('deletes', async () => {
    await shell.ask('delete /cli', /^Node not empty: \/cli$/m);
    await shell.ask('delete -v 7 /cli/child', /^version No is not valid : \/cli\/child$/m);
    await shell.ask('deleteall /cli', /^/m);
    await shell.ask('get /cli', /^Node does not exist: \/cli$/m);
  });

  it('closes its session when it quits', async () => {
    shell.write('create -e /ephemeral');
    await shell.sees(/^Created \/ephemeral$/m);
    shell.write('quit');
    await shell.finish();
    expect(shell.exitCode).toBe(0);
  });
});
