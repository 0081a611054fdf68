import { Violation } from '../violation.ts';

/** A request to a resource that only the holder of a lock may use. */
export interface ResourceUse {
  readonly holder: string;
  /** The fencing token of the request. */
  readonly token: number;
  /** Whether the resource carried out the request. */
  readonly isAdmitted: boolean;
}

/**
 * Returns the requests of former holders that arrived after one of a later holder, in the order of arrival. A resource
 * without a gate would carry them out, when a holder was paused or its request took long to arrive.
 */
export function lateUsesOf(uses: Iterable<ResourceUse>): ResourceUse[] {
  let highest = 0;
  const late: ResourceUse[] = [];
  for (const use of uses) {
    if (use.token < highest) late.push(use);
    else highest = use.token;
  }
  return late;
}

/**
 * Checks that the resource carried out no request of a former holder after one of a later holder. Throws `Violation`.
 */
export function checkFencing(what: string, uses: Iterable<ResourceUse>): void {
  const suffered = lateUsesOf(uses).find(({ isAdmitted }) => isAdmitted);
  if (suffered === undefined) return;
  const { holder, token } = suffered;
  throw new Violation(
    'a gate admits no former holder',
    `${what}: ${holder} with ${token}, after a later one`,
  );
}
