/** The direction from one server to another. */
export interface Way {
  readonly from: number;
  readonly to: number;
}

/** Where a server listens. */
export interface Place {
  readonly id: number;
  readonly host: string;
  readonly webPort: number;
  readonly tcpPort: number;
  readonly peerPort: number;
}

export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
}

/** The network of the servers. Clients reach every server, whatever happens between the servers. */
export interface Network extends AsyncDisposable {
  readonly kind: 'namespaces' | 'loopback';
  readonly places: readonly Place[];
  /** The members of the ensemble for this server's configuration. */
  membersFor(id: number): Record<string, string>;
  /** The command that runs a program on the server's machine. */
  on(id: number, invocation: Invocation): Invocation;
  /** From now on all messages on these ways are lost without an error, and those on other ways arrive. */
  lose(ways: readonly Way[]): Promise<void>;
  /** Loses this percentage of all packets that reach a server, from peers and clients. Needs namespaces. */
  loseAtRandom(percent: number): Promise<void>;
  /** Limits the speed at which each server sends. Needs shaping. */
  throttle(kilobitsPerSecond: number): Promise<void>;
  /** Delays all messages between servers. Needs relays between them. */
  delay(ms: number): void;
  /** Removes all losses, limits and delays. */
  heal(): Promise<void>;
}

/** All ways that lead from one of `froms` to one of `tos`. */
export function waysBetween(froms: readonly number[], tos: readonly number[]): Way[] {
  return froms.flatMap((from) => tos.filter((to) => to !== from).map((to) => ({ from, to })));
}

/** All ways between servers that share no group. A server may be in several groups. */
export function waysAcross(groups: readonly (readonly number[])[]): Way[] {
  const ids = [...new Set(groups.flat())];
  const together = (a: number, b: number): boolean =>
    groups.some((group) => group.includes(a) && group.includes(b));
  return waysBetween(ids, ids).filter(({ from, to }) => !together(from, to));
}
