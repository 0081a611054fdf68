import { Random } from '@conclave/testkit';
import { World } from './world.ts';

/** How likely each kind of fault is in a step of 20 ms; some runs have none of some kinds. */
interface Faults {
  readonly crash: number;
  readonly pause: number;
  readonly breakLink: number;
  readonly cutLink: number;
  readonly isolate: number;
  readonly freeze: number;
  readonly powerCut: number;
  readonly storage: number;
  /** Of crashes, how many cost the newest entries, or the whole disk. */
  readonly loseTail: number;
  readonly wipe: number;
  readonly resign: number;
}

function drawFaults(random: Random): Faults {
  const rate = (most: number): number => (random.chance(0.5) ? random.next() * most : 0);
  return {
    crash: rate(0.03),
    pause: rate(0.03),
    breakLink: rate(0.08),
    cutLink: rate(0.04),
    isolate: rate(0.02),
    freeze: rate(0.02),
    powerCut: rate(0.04),
    storage: rate(0.01),
    loseTail: random.chance(0.2) ? 0.3 : 0,
    wipe: random.chance(0.2) ? 0.3 : 0,
    resign: rate(0.02),
  };
}

/** One run with faults drawn from the seed. Throws an error that names it. */
export function simulate(seed: number): World {
  const random = new Random(seed);
  const servers = random.pick([1, 2, 3, 3, 3, 4, 5, 5]);
  const faults = drawFaults(random);
  const counterMax = random.pick([6, 20, 2 ** 32 - 1]);
  const world = new World({
    servers,
    random,
    encode: random.chance(0.2),
    messageDelayMax: random.pick([2, 5, 60]),
    diskDelayMax: random.pick([2, 8, 150]),
    zab: {
      counterMax,
      counterReserve: counterMax === 2 ** 32 - 1 ? 2 ** 20 : 4,
      historyEntriesMax: random.pick([1, 5, 1000]),
      proposalBytesMax: random.pick([1, 20, 1000]),
      inflightBytesMax: random.pick([300, 2000, 100_000]),
      syncTicks: random.pick([40, 200]),
    },
  });
  const explain = (error: unknown): never => {
    throw new Error(`${String(error)}\n${world.describe()}\nreplay with SEED=${seed}`, { cause: error });
  };
  try {
    for (let step = 0; step < 400; step++) {
      world.run(20);
      disturb(world, random, faults);
      const node = random.pick(world.nodes);
      if (random.chance(0.7)) for (const each of world.nodes) world.propose(each, random.between(1, 2));
      for (const leader of world.leaders()) if (random.chance(0.3)) world.confirm(leader);
      if (random.chance(0.05)) world.checkpoint(node);
    }
    world.healEverything();
    // The last disks that failed come back within this time.
    world.run(600);
    for (let i = 0; i < 2000 && !isCalm(world); i++) world.run(50);
    if (!isCalm(world)) throw new Error('no calm after all was healed');
    const before = world.sequence.length;
    world.propose(world.leader() ?? world.node(1), 1);
    world.run(2000);
    if (world.sequence.length !== before + 1 || !isCalm(world))
      throw new Error('no progress after all was healed');
  } catch (error) {
    explain(error);
  }
  return world;
}

function disturb(world: World, random: Random, faults: Faults): void {
  const node = random.pick(world.nodes);
  const other = random.pick(world.nodes);
  if (random.chance(faults.crash)) {
    world.crash(node);
    damage(world, node, random, faults);
    world.agenda.after(random.between(10, 1500), () => world.start(node));
  }
  if (random.chance(faults.pause)) {
    world.pause(node);
    world.agenda.after(random.between(10, 1500), () => world.resume(node));
  }
  if (random.chance(faults.breakLink)) world.breakLink(node.id, other.id);
  if (random.chance(faults.cutLink)) {
    world.cutLink(node.id, other.id);
    world.agenda.after(random.between(100, 2000), () => world.mendLink(node.id, other.id));
  }
  if (random.chance(faults.isolate)) {
    const leader = world.leader() ?? node;
    for (const each of world.nodes) if (each !== leader) world.cutLink(leader.id, each.id);
    world.agenda.after(random.between(100, 2000), () => {
      for (const each of world.nodes) world.mendLink(leader.id, each.id);
    });
  }
  if (random.chance(faults.freeze)) {
    const frozen = random.chance(0.7) ? (world.leader() ?? node) : node;
    const others = world.nodes.filter((each) => each !== frozen && random.chance(0.8));
    for (const each of others) world.freezeLink(frozen.id, each.id);
    const thaw = (): void => {
      for (const each of others) world.thawLink(frozen.id, each.id);
    };
    world.agenda.after(random.between(100, 2500), thaw);
  }
  if (random.chance(faults.powerCut)) {
    const hit = world.nodes.filter(() => random.chance(0.8));
    for (const each of hit) world.crash(each);
    if (hit.length > 0) damage(world, random.pick(hit), random, faults);
    for (const each of hit) world.agenda.after(random.between(10, 1000), () => world.start(each));
  }
  if (random.chance(faults.storage)) world.failStorage(node);
  if (random.chance(faults.resign)) world.step(node, { type: 'resign' });
}

/** A crash that costs more than what was not persisted. At most one server at a time, or there would be no quorum to vote. */
function damage(world: World, node: World['nodes'][number], random: Random, faults: Faults): void {
  const others = world.nodes.filter((each) => each !== node);
  if (others.length < 2 || !others.every(({ disk }) => disk.trusted && disk.currentEpoch > 0)) return;
  if (random.chance(faults.loseTail)) node.disk.loseTail(random.between(1, 3));
  if (random.chance(faults.wipe)) node.disk.wipe();
}

/** Everybody is up, follows one leader, and has applied everything. */
function isCalm(world: World): boolean {
  const leader = world.leader();
  const status = leader?.peer?.status();
  return (
    leader !== undefined &&
    status?.canPropose === true &&
    status.outstanding === 0 &&
    world.nodes.every((node) => {
      const own = node.peer?.status();
      return own?.phase === 'broadcast' && own.leader === leader.id && node.applied === world.sequence.length;
    })
  );
}
