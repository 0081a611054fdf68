import type { TrialServer } from '../ensemble/trial-server.ts';
import { type Way, waysAcross, waysBetween } from '../network/network.ts';
import type { Fault, Scene } from './fault.ts';

const HOLD_MS = 1_000;
const LONG_HOLD_MS = 3_000;
const LOSS_PERCENT = 10;
const DELAY_MS = 50;
const SLOW_KILOBITS = 500;

/**
 * Faults of the links between servers. Clients reach every server all the time, so they would see any wrong answer of a
 * server that is cut off.
 */
export const linkFaults: readonly Fault[] = [
  {
    name: 'leader-alone',
    summary: 'the leader is cut off from all other servers; its connections stay open',
    needs: [],
    strike: (scene) => deposed(scene, (leader, others) => waysAcross([[leader], others])),
  },
  {
    name: 'leader-with-minority',
    summary: 'the leader and one follower are cut off from the majority',
    servers: [5],
    needs: [],
    async strike(scene) {
      const { ensemble } = scene;
      const leader = await ensemble.inService();
      const follower = scene.followerOf(leader);
      const minority = [leader.id, follower.id];
      const majority = ensemble.servers.filter(({ id }) => !minority.includes(id));
      await parted(scene, waysAcross([minority, idsOf(majority)]), () =>
        ensemble.newLeader(majority, leader),
      );
    },
  },
  {
    name: 'leader-unheard',
    summary: 'one-way: messages from the leader to the others are lost',
    needs: [],
    strike: (scene) => deposed(scene, (leader, others) => waysBetween([leader], others)),
  },
  {
    name: 'leader-deaf',
    summary: 'one-way: messages from the others to the leader are lost',
    needs: [],
    strike: (scene) => deposed(scene, (leader, others) => waysBetween(others, [leader])),
  },
  {
    name: 'follower-alone',
    summary: 'a follower is cut off from all other servers',
    needs: [],
    strike: (scene) => lessFollower(scene, (follower, others) => waysAcross([[follower], others])),
  },
  {
    name: 'follower-unheard',
    summary: 'one-way: messages from a follower to the others are lost',
    needs: [],
    strike: (scene) => lessFollower(scene, (follower, others) => waysBetween([follower], others)),
  },
  {
    name: 'follower-deaf',
    summary: 'one-way: messages from the others to a follower are lost',
    needs: [],
    strike: (scene) => lessFollower(scene, (follower, others) => waysBetween(others, [follower])),
  },
  {
    name: 'bridge',
    summary:
      'two halves that cannot reach each other, and one server that reaches both; the leader is in a half, or is that server',
    needs: [],
    async strike(scene) {
      const { ensemble } = scene;
      const leader = await ensemble.inService();
      const others = idsOf(ensemble.othersThan(leader));
      const inLine =
        scene.round % 2 === 0
          ? [leader.id, ...others]
          : [...others.slice(1), leader.id, ...others.slice(0, 1)];
      const bridge = scene.round % 2 === 0 ? inLine[Math.floor(inLine.length / 2)] : leader.id;
      if (bridge === undefined) throw new Error('there is no bridge');
      const halves = inLine.filter((id) => id !== bridge);
      const left = halves.slice(0, halves.length / 2);
      const right = halves.slice(halves.length / 2);
      const ways = waysAcross([
        [...left, bridge],
        [...right, bridge],
      ]);
      await parted(scene, ways, () => scene.fleet.progress(1));
    },
  },
  {
    name: 'links-lossy',
    summary: `${LOSS_PERCENT} % of all packets that reach a server are lost, from peers and clients, for three seconds`,
    needs: ['namespaces'],
    async strike(scene) {
      await scene.ensemble.inService();
      await scene.network.loseAtRandom(LOSS_PERCENT);
      await scene.hold(LONG_HOLD_MS);
      await mended(scene);
    },
  },
  {
    name: 'links-slow',
    summary: `no server sends faster than ${SLOW_KILOBITS / 1_000} Mbit/s, for three seconds`,
    needs: ['namespaces', 'shaping'],
    async strike(scene) {
      await scene.ensemble.inService();
      await scene.network.throttle(SLOW_KILOBITS);
      await scene.hold(LONG_HOLD_MS);
      await mended(scene);
    },
  },
  {
    name: 'links-delayed',
    summary: `messages between servers take ${DELAY_MS} ms each way, for three seconds`,
    needs: [],
    arrangement: 'relays',
    async strike(scene) {
      await scene.ensemble.inService();
      scene.network.delay(DELAY_MS);
      await scene.hold(LONG_HOLD_MS);
      await mended(scene);
    },
  },
];

type CutOff = (one: number, others: readonly number[]) => Way[];

async function deposed(scene: Scene, cutOff: CutOff): Promise<void> {
  const { ensemble } = scene;
  const leader = await ensemble.inService();
  const others = ensemble.othersThan(leader);
  await parted(scene, cutOff(leader.id, idsOf(others)), () => ensemble.newLeader(others, leader));
}

/** Cuts off a follower, which must not unseat the leader. */
async function lessFollower(scene: Scene, cutOff: CutOff): Promise<void> {
  const { ensemble } = scene;
  const leader = await ensemble.inService();
  const follower = scene.followerOf(leader);
  const others = ensemble.othersThan(follower);
  const before = await leader.status();
  await parted(scene, cutOff(follower.id, idsOf(others)), () => ensemble.inService(others));
  const after = await leader.status();
  if (after?.role !== 'leading' || after.epoch !== before?.epoch) scene.notes.add('a new epoch began');
}

async function parted(scene: Scene, ways: readonly Way[], meanwhile: () => Promise<unknown>): Promise<void> {
  await scene.network.lose(ways);
  await meanwhile();
  await scene.hold(HOLD_MS);
  await mended(scene);
}

async function mended({ network, ensemble }: Scene): Promise<void> {
  await network.heal();
  await ensemble.inService();
}

function idsOf(servers: readonly TrialServer[]): number[] {
  return servers.map(({ id }) => id);
}
