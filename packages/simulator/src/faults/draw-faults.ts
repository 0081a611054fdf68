import type { Random } from '@conclave/testkit';
import { type Cut, type Fault, type FaultType, faultTypes, type Party, type Target } from './fault.ts';

export interface FaultSetting {
  readonly servers: number;
  readonly clients: number;
  /** All faults begin within this time. */
  readonly durationMs: number;
}

/** How often each kind of fault is drawn, relative to the others, in a run that has it. */
const WEIGHTS: Readonly<Record<FaultType, number>> = {
  crash: 8,
  'crash-all': 1.5,
  leave: 2,
  pause: 6,
  stall: 3,
  cut: 8,
  break: 4,
  hang: 2,
  'slow-link': 2,
  'slow-disk': 2,
  disk: 2,
  lie: 1.5,
  'lose-tail': 1,
  'lose-disk': 0.5,
  rot: 1.5,
  'clock-jump': 1,
  absent: 0,
  diverge: 2,
  usurp: 2,
  depose: 0.7,
  'client-crash': 2,
  'client-pause': 3,
  'client-clock-jump': 0.5,
  'lose-answers': 5,
};

/** Faults after which a disk does not have data that it reported as durable. */
const LOSING_DATA: ReadonlySet<FaultType> = new Set<FaultType>(['lie', 'lose-tail', 'lose-disk', 'rot']);
/** The probability that a server starts late. */
const ABSENT_CHANCE = 0.15;

/** Draws a schedule of faults. Some runs have few kinds of faults, so that each kind also occurs alone. */
export function drawFaults(random: Random, setting: FaultSetting): Fault[] {
  const share = random.pick([0.2, 0.5, 0.8]);
  const weights = Object.fromEntries(
    faultTypes.map((kind) => [kind, random.chance(share) && isPossible(kind, setting) ? WEIGHTS[kind] : 0]),
  ) as Record<FaultType, number>;
  if (Object.values(weights).every((weight) => weight === 0)) weights.crash = 1;
  const meanGapMs = random.pick([300, 1_000, 3_000]);
  // Data that a quorum loses is gone. So only the servers of one minority ever lose data that they have written.
  const lossy = drawMinority(random, setting.servers);
  const faults: Fault[] = [];
  if (setting.servers >= 3 && random.chance(ABSENT_CHANCE)) {
    faults.push({ atMs: 0, type: 'absent', id: random.between(1, setting.servers), forMs: drawLong(random) });
  }
  for (
    let atMs = random.exponential(meanGapMs);
    atMs < setting.durationMs;
    atMs += random.exponential(meanGapMs)
  ) {
    const type = random.weighted(weights);
    faults.push(draw(random, type, Math.round(atMs), setting, lossy));
  }
  return faults;
}

function draw(
  random: Random,
  type: FaultType,
  atMs: number,
  setting: FaultSetting,
  lossy: readonly number[],
): Fault {
  const { servers, clients } = setting;
  const target = drawTarget(random, servers);
  const client = random.between(1, clients);
  const effects = random.chance(0.5) ? 0 : random.between(1, random.pick([10, 40, 200]));
  const byMs = Math.round(random.range(-1, 1) * random.pick([100, 10_000, 3_600_000]));
  const death = random.chance(0.3) ? 'machine' : 'program';
  const downMs = random.pick([1, 50, 500, 3_000]) * random.range(0.5, 2);
  const forMs = drawLong(random);
  const base = { atMs };
  switch (type) {
    case 'crash':
      return { ...base, type, target, death, downMs, effects };
    case 'crash-all':
      return { ...base, type, death, downMs, spreadMs: random.pick([0, 100, 1_000]) };
    case 'leave':
      return { ...base, type, target, downMs };
    case 'pause':
      return { ...base, type, target, forMs };
    case 'stall': {
      const stallMs = random.pick([300, 1_000, 3_000]) * random.range(0.5, 2);
      return { ...base, type, target, forMs: stallMs, cutMs: stallMs + random.exponential(300) };
    }
    case 'cut': {
      const cut = drawCut(random, setting, target);
      const isAlone = cut.type === 'client' && cut.server === 'all';
      return {
        ...base,
        type,
        cut,
        silence: random.chance(0.3) ? 'reset' : 'drop',
        // About as long as a session timeout, to test what the client believes meanwhile.
        forMs: isAlone ? random.range(500, 8_000) : forMs,
      };
    }
    case 'break':
    case 'hang': {
      const a = random.between(1, servers);
      return { ...base, type, a, b: drawOtherParty(random, setting, a) };
    }
    case 'slow-link':
      return {
        ...base,
        type,
        target,
        to: random.chance(0.7) ? 'servers' : 'clients',
        extraMs: random.pick([2, 30, 200]),
        bytesPerMs: random.pick([10, 1_000]),
        forMs,
      };
    case 'slow-disk':
      return { ...base, type, target, extraMs: random.pick([20, 100, 1_000]), forMs };
    case 'disk':
      return { ...base, type, target, code: random.chance(0.5) ? 'DISK_FULL' : 'IO_ERROR', forMs };
    case 'lie':
      return { ...base, type, id: random.pick(lossy), forMs, downMs };
    case 'lose-tail':
      return { ...base, type, id: random.pick(lossy), entries: random.between(1, 20), downMs };
    case 'lose-disk':
      return { ...base, type, id: random.pick(lossy), downMs };
    case 'rot':
      return {
        ...base,
        type,
        id: random.pick(lossy),
        what: random.chance(0.5) ? 'entry' : 'row',
        place: random.next(),
        isKilled: random.chance(0.5),
        downMs,
      };
    case 'clock-jump':
      return { ...base, type, target, byMs };
    case 'absent':
      return { ...base, type, id: random.between(1, servers), forMs };
    case 'diverge':
      return { ...base, type, forMs: random.pick([50, 300, 1_000]) * random.range(0.5, 2), downMs };
    case 'usurp':
      return { ...base, type, extraMs: random.range(50, 300), forMs: random.range(300, 2_000) };
    case 'depose':
      return {
        ...base,
        type,
        how: random.weighted({ kill: 3, leave: 1, pause: 2, cut: 2 }),
        times: random.between(2, 6),
        everyMs: random.pick([100, 500, 1_500]) * random.range(0.5, 2),
      };
    case 'client-crash':
      return { ...base, type, client, death, downMs, effects };
    case 'client-clock-jump':
      return { ...base, type, client, byMs };
    case 'client-pause':
      return { ...base, type, client, forMs };
    case 'lose-answers':
      return { ...base, type, client, forMs: random.pick([5, 50, 300]) };
    default:
      return type satisfies never;
  }
}

/** Returns whether a fault is possible: data that a single server loses would be gone. */
function isPossible(type: FaultType, { servers }: FaultSetting): boolean {
  return servers >= 3 || !LOSING_DATA.has(type);
}

/** Draws some servers, at least one, that are fewer than a quorum. */
function drawMinority(random: Random, servers: number): readonly number[] {
  const ids = Array.from({ length: servers }, (_, i) => i + 1);
  const size = random.between(1, Math.max(1, Math.ceil(servers / 2) - 1));
  return Array.from({ length: size }, () => ids.splice(random.between(0, ids.length - 1), 1)[0] ?? 1);
}

/** Draws a party other than the server `id`. */
function drawOtherParty(random: Random, { servers, clients }: FaultSetting, id: number): Party {
  return servers > 1 && random.chance(0.6)
    ? { type: 'server', number: drawOther(random, servers, id) }
    : { type: 'client', number: random.between(1, clients) };
}

function drawOther(random: Random, servers: number, id: number): number {
  return ((id - 1 + random.between(1, servers - 1)) % servers) + 1;
}

/** Draws the time that a fault lasts: mostly short, sometimes longer than any timeout. */
function drawLong(random: Random): number {
  return random.pick([20, 200, 200, 1_000, 1_000, 4_000, 10_000]) * random.range(0.5, 2);
}

function drawTarget(random: Random, servers: number): Target {
  switch (random.weighted({ leader: 5, follower: 3, server: 2 })) {
    case 'leader':
      return { type: 'leader' };
    case 'follower':
      return { type: 'follower', nth: random.between(0, servers) };
    case 'server':
      return { type: 'server', id: random.between(1, servers) };
  }
}

function drawCut(random: Random, { servers, clients }: FaultSetting, target: Target): Cut {
  const pair = servers > 1 ? 3 : 0;
  const type = random.weighted({ isolate: 4, minority: 2, 'one-way': 3, bridge: 2, pair, client: 5 });
  switch (type) {
    case 'isolate':
      return { type, target, clientsToo: random.chance(0.5) };
    case 'minority':
      return { type };
    case 'one-way':
      return { type, target, way: random.chance(0.5) ? 'in' : 'out' };
    case 'bridge':
      return { type, target };
    case 'pair': {
      const a = random.between(1, servers);
      return { type, a, b: drawOther(random, servers, a), oneWay: random.chance(0.4) };
    }
    case 'client':
      return {
        type,
        client: random.between(1, clients),
        server: random.chance(0.6) ? 'all' : random.between(1, servers),
      };
  }
}
