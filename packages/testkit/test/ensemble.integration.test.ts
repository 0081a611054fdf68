import { expect, it } from 'vitest';
import { fourLetterWord, realZooKeeper, serverMode, zookeeperMissing } from '../src/index.ts';

const missing = zookeeperMissing();

it.skipIf(missing !== undefined)(
  `runs a real ZooKeeper ensemble${missing ? ` (${missing})` : ''}`,
  async () => {
    const ensemble = await realZooKeeper({ servers: 3 });
    try {
      await ensemble.serve();
      const first = await ensemble.leader();
      expect(await fourLetterWord(first.tcpPort, 'srvr')).toContain('Zookeeper version: 3.');
      const { pid } = first;
      await first.kill();
      expect(first.running).toBe(false);
      expect(await serverMode(first.tcpPort)).toBeUndefined();
      const second = await ensemble.leader();
      expect(second.id).not.toBe(first.id);
      first.start();
      await ensemble.ready();
      expect(first.pid).not.toBe(pid);
    } finally {
      await ensemble.stop();
    }
    expect(ensemble.members.map((member) => member.running)).toEqual([false, false, false]);
    await ensemble.stop();
  },
);
