import type { Ensemble } from '../ensemble.ts';
import type { ServerMachine } from '../world/server-machine.ts';
import type { Cut, Target } from './fault.ts';

/** A direction between two machines in which nothing comes through. */
export type Way = readonly [from: string, to: string];

/** Returns the server that a fault hits now. If no server leads, server 1 takes the leader's place. */
export function findTarget(ensemble: Ensemble, target: Target): ServerMachine {
  const leader = ensemble.leader() ?? ensemble.server(1);
  switch (target.type) {
    case 'server':
      return ensemble.server(target.id);
    case 'leader':
      return leader;
    case 'follower': {
      const followers = ensemble.servers.filter((server) => server !== leader);
      return followers[target.nth % followers.length] ?? leader;
    }
    default:
      return target satisfies never;
  }
}

/** Returns all directions that a partition blocks. */
export function waysOf(ensemble: Ensemble, cut: Cut): readonly Way[] {
  const servers = ensemble.servers.map(({ name }) => name);
  const clients = ensemble.clients.map(({ name }) => name);
  const othersThan = (name: string): string[] => servers.filter((other) => other !== name);
  switch (cut.type) {
    case 'isolate': {
      const { name } = findTarget(ensemble, cut.target);
      const others = othersThan(name);
      return between([name], cut.clientsToo ? [...others, ...clients] : others);
    }
    case 'minority': {
      const { name } = findTarget(ensemble, { type: 'leader' });
      const followers = othersThan(name);
      const size = Math.max(0, Math.ceil(servers.length / 2) - 2);
      return between([name, ...followers.slice(0, size)], followers.slice(size));
    }
    case 'one-way': {
      const { name } = findTarget(ensemble, cut.target);
      return othersThan(name).map((other) => (cut.way === 'out' ? [name, other] : [other, name]));
    }
    case 'bridge': {
      const others = othersThan(findTarget(ensemble, cut.target).name);
      const half = Math.ceil(others.length / 2);
      return between(others.slice(0, half), others.slice(half));
    }
    case 'pair': {
      if (cut.a === cut.b) return [];
      const [a, b] = [ensemble.server(cut.a).name, ensemble.server(cut.b).name];
      return cut.oneWay === true ? [[a, b]] : between([a], [b]);
    }
    case 'client': {
      const hit = cut.server === 'all' ? servers : [ensemble.server(cut.server).name];
      return between([ensemble.client(cut.client).name], hit);
    }
    default:
      return cut satisfies never;
  }
}

function between(some: readonly string[], others: readonly string[]): Way[] {
  return some.flatMap((a) =>
    others.flatMap((b): Way[] => [
      [a, b],
      [b, a],
    ]),
  );
}
