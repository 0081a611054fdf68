import { join } from 'node:path';
import { until } from '@conclave/testkit';
import type { TrialServer } from '../ensemble/trial-server.ts';
import { flipBytes, truncateToHalf } from './damage.ts';
import type { Fault, Scene } from './fault.ts';

const HOLD_MS = 1_000;
const FLIPS = 40;

export const diskFaults: readonly Fault[] = [
  {
    name: 'disk-full',
    summary:
      'the file system of the leader, or every other time of a follower, is full until there is room again',
    needs: ['mounts'],
    arrangement: 'smallDisks',
    async strike(scene) {
      const { ensemble } = scene;
      const leader = await ensemble.inService();
      const victim = scene.leaderOrFollower(leader);
      const { disk } = victim;
      if (disk === undefined) throw new Error('the server has no small disk of its own');
      await disk.fill();
      try {
        const noticed = async () =>
          (await victim.status())?.storageFailure === 'DISK_FULL' ? true : undefined;
        await until(noticed, { what: `server ${victim.id} to notice that its disk is full` });
        await othersServe(scene, leader, victim);
        await scene.hold(HOLD_MS);
      } finally {
        await disk.makeRoom();
      }
      await ensemble.inService();
    },
  },
  {
    name: 'log-truncated',
    summary:
      'SIGKILL of the leader, or every other time of a follower; the second half of its newest log file is cut off',
    needs: [],
    strike: (scene) => damaged(scene, ({ dataDir }) => truncateToHalf(join(dataDir, 'log.sqlite-wal'))),
  },
  {
    name: 'log-corrupted',
    summary: `SIGKILL of the leader, or every other time of a follower; ${FLIPS} bytes of its newest log are changed`,
    needs: [],
    strike: (scene) => damaged(scene, ({ dataDir }) => flipBytes(join(dataDir, 'log.sqlite-wal'), FLIPS)),
  },
  {
    name: 'checkpoint-corrupted',
    summary: `SIGKILL of the leader, or every other time of a follower; ${FLIPS} bytes of its checkpoint are changed`,
    needs: [],
    async strike(scene) {
      await Promise.all(scene.ensemble.servers.map(hasCheckpoint));
      await damaged(scene, ({ dataDir }) => flipBytes(join(dataDir, 'checkpoint.sqlite'), FLIPS));
    },
  },
  {
    name: 'disk-lost',
    summary: 'SIGKILL of the leader, or every other time of a follower; it starts again with an empty disk',
    needs: [],
    strike: (scene) => damaged(scene, (server) => server.wipe()),
  },
];

/**
 * Kills a server, damages its files, and starts it again. If it refuses its files, it gets an empty disk, as the page
 * on operations advises.
 */
async function damaged(scene: Scene, damage: (server: TrialServer) => Promise<void>): Promise<void> {
  const { ensemble } = scene;
  const leader = await ensemble.inService();
  const victim = scene.leaderOrFollower(leader);
  await victim.kill();
  await damage(victim);
  await othersServe(scene, leader, victim);
  await scene.hold(HOLD_MS);
  victim.start();
  if (!(await victim.servesOrEnds())) {
    scene.notes.add('a server refused its files, and came back with an empty disk');
    await victim.wipe();
    victim.start();
  }
  await ensemble.inService();
}

async function othersServe({ ensemble }: Scene, leader: TrialServer, victim: TrialServer): Promise<void> {
  const others = ensemble.othersThan(victim);
  if (victim === leader) await ensemble.newLeader(others, leader);
  else await ensemble.inService(others);
}

async function hasCheckpoint(server: TrialServer): Promise<void> {
  const written = async () => {
    const checkpoint = (await server.status())?.checkpoint;
    return checkpoint === undefined || checkpoint === '0x0' ? undefined : true;
  };
  await until(written, { what: `server ${server.id} to write a checkpoint` });
}
