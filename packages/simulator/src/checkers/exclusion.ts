import { Violation } from '../violation.ts';

/**
 * One time that a client held something exclusive: a lock, an office, an item of a queue. The moments are numbers that
 * grow from one event of any client to the next.
 */
export interface Holding {
  /** What is held. */
  readonly what: string;
  readonly holder: string;
  /** The fencing token of the grant. */
  readonly token: number;
  /** When the holder learned of the grant. */
  readonly from: number;
  /** When the holder last checked that it still holds it. A client that is paused checks nothing. */
  readonly until: number;
}

/**
 * Returns the pairs of holdings of the same thing that overlap, each as the earlier and the later grant. There should
 * be none.
 */
export function overlapsOf(holdings: Iterable<Holding>): [Holding, Holding][] {
  const byWhat = Map.groupBy(holdings, ({ what }) => what);
  const overlaps: [Holding, Holding][] = [];
  for (const held of byWhat.values()) {
    held.sort((a, b) => a.token - b.token);
    let latest: Holding | undefined;
    for (const holding of held) {
      if (latest !== undefined && latest.until >= holding.from) overlaps.push([latest, holding]);
      if (latest === undefined || holding.until > latest.until) latest = holding;
    }
  }
  return overlaps;
}

/**
 * Checks that no client believes that it holds a thing after it was granted to another, and that each grant has its
 * own token. Throws `Violation`.
 */
export function checkExclusion(holdings: Iterable<Holding>): void {
  const all = [...holdings];
  mustHaveOwnTokens(all);
  const [overlap] = overlapsOf(all);
  if (overlap === undefined) return;
  const [earlier, later] = overlap.map(
    ({ holder, token, from, until }) => `${holder} with ${token} from ${from} to ${until}`,
  );
  throw new Violation('one holder at a time', `${overlap[0].what}: ${earlier}, and ${later}`);
}

/** A later holder with the token of a former one could not be distinguished from it by a fencing gate. */
function mustHaveOwnTokens(holdings: readonly Holding[]): void {
  const holders = new Map<string, string>();
  for (const { what, holder, token } of holdings) {
    const grant = `${what} with ${token}`;
    const other = holders.get(grant) ?? holder;
    if (other !== holder)
      throw new Violation('each grant has its own token', `${other} and ${holder} hold ${grant}`);
    holders.set(grant, holder);
  }
}
