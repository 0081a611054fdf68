import { Violation } from '../violation.ts';

/**
 * One time that somebody held what only one may hold: a lock, an office, an item of a queue. Moments grow from one event
 * of any client to the next.
 */
export interface Holding {
  /** What is held. */
  readonly what: string;
  readonly holder: string;
  /** The fencing token of the grant. */
  readonly token: number;
  /** When the holder was told. */
  readonly from: number;
  /** When it last found that it holds it; whoever stands still believes nothing. */
  readonly until: number;
}

/** The times at which two believed to hold the same thing, none of which should be there: each as earlier and later grant. */
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

/** Nobody believes to hold what somebody else was granted meanwhile; grants have tokens of their own. Throws `Violation`. */
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

/** Who comes later with the token of a former holder is not fenced off from it. */
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
