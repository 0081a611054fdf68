/** What one server sends to another. */
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

/** The machines' network: clients reach every server in it, whatever is between the servers. */
export interface Network extends AsyncDisposable {
  readonly kind: 'namespaces' | 'loopback';
  readonly places: readonly Place[];
  /** The ensemble's members by number, as this server is to be told of them. */
  membersFor(id: number): Record<string, string>;
  /** The command that runs a program on the server's machine. */
  on(id: number, invocation: Invocation): Invocation;
  /** From now on everything sent on these ways is lost in silence, and nothing on others is. */
  lose(ways: readonly Way[]): Promise<void>;
  /** This share of all packets that reach any server is lost, from peers and from clients. Needs namespaces. */
  loseAtRandom(percent: number): Promise<void>;
  /** No server sends faster than this. Needs shaping. */
  throttle(kilobitsPerSecond: number): Promise<void>;
  /** What servers send one another is on its way for this long. Needs relays between them. */
  delay(ms: number): void;
  /** All as it was. */
  heal(): Promise<void>;
}

/** All ways that lead from one of these to one of those. */
export function waysBetween(froms: readonly number[], tos: readonly number[]): Way[] {
  return froms.flatMap((from) => tos.filter((to) => to !== from).map((to) => ({ from, to })));
}

/** All ways between servers that are not in the same group; who is in several groups is cut off from nobody there. */
export function waysAcross(groups: readonly (readonly number[])[]): Way[] {
  const ids = [...new Set(groups.flat())];
  const together = (a: number, b: number): boolean =>
    groups.some((group) => group.includes(a) && group.includes(b));
  return waysBetween(ids, ids).filter(({ from, to }) => !together(from, to));
}
