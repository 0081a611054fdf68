import type { TrialServer } from '../ensemble/trial-server.ts';
import type { Fault, Scene } from './fault.ts';

const HOLD_MS = 1_000;
/** Time for a signal to arrive. */
const SIGNAL_MS = 50;

export const processFaults: readonly Fault[] = [
  {
    name: 'leader-killed',
    summary: 'SIGKILL of the leader, started again when another server leads',
    needs: [],
    async strike(scene) {
      const leader = await scene.ensemble.inService();
      await leader.kill();
      await scene.ensemble.newLeader(scene.ensemble.othersThan(leader), leader);
      await restart(scene, [leader]);
    },
  },
  {
    name: 'follower-killed',
    summary: 'SIGKILL of a follower, started again after a second',
    needs: [],
    async strike(scene) {
      const follower = scene.followerOf(await scene.ensemble.inService());
      await follower.kill();
      await restart(scene, [follower]);
    },
  },
  {
    name: 'leader-frozen',
    summary: 'SIGSTOP of the leader, continued a second after another server leads',
    needs: [],
    async strike(scene) {
      const { ensemble } = scene;
      const leader = await ensemble.inService();
      leader.freeze();
      await ensemble.newLeader(ensemble.othersThan(leader), leader);
      await scene.hold(HOLD_MS);
      leader.thaw();
      await ensemble.inService();
    },
  },
  {
    name: 'follower-frozen',
    summary: 'SIGSTOP of a follower for two seconds',
    needs: [],
    async strike(scene) {
      const follower = scene.followerOf(await scene.ensemble.inService());
      follower.freeze();
      await scene.hold(2 * HOLD_MS);
      follower.thaw();
      await scene.ensemble.inService();
    },
  },
  {
    name: 'quorum-killed',
    summary: 'SIGKILL of a majority, every other time with the leader; nothing may be acknowledged meanwhile',
    needs: [],
    async strike(scene) {
      const victims = majority(scene, await scene.ensemble.inService());
      await Promise.all(victims.map((server) => server.kill()));
      await scene.holdWithoutQuorum(HOLD_MS);
      await restart(scene, victims, 0);
    },
  },
  {
    name: 'quorum-frozen',
    summary: 'SIGSTOP of a majority, every other time with the leader; nothing may be acknowledged meanwhile',
    needs: [],
    async strike(scene) {
      const victims = majority(scene, await scene.ensemble.inService());
      for (const server of victims) server.freeze();
      await scene.hold(SIGNAL_MS);
      await scene.holdWithoutQuorum(HOLD_MS);
      for (const server of victims) server.thaw();
      await scene.ensemble.inService();
    },
  },
  {
    name: 'all-killed',
    summary: 'SIGKILL of all servers at once, started again at once',
    needs: [],
    async strike(scene) {
      const { servers } = scene.ensemble;
      await scene.ensemble.inService();
      await Promise.all(servers.map((server) => server.kill()));
      await restart(scene, servers, 0);
    },
  },
];

async function restart(scene: Scene, servers: readonly TrialServer[], holdMs = HOLD_MS): Promise<void> {
  await scene.hold(holdMs);
  for (const server of servers) server.start();
  await scene.ensemble.inService();
}

function majority({ ensemble, round }: Scene, leader: TrialServer): TrialServer[] {
  const others = ensemble.othersThan(leader);
  const count = Math.floor(ensemble.servers.length / 2) + 1;
  return (round % 2 === 0 ? [leader, ...others] : others).slice(0, count);
}
