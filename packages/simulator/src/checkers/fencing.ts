import { Violation } from '../violation.ts';

/** A request that has come to a resource which only the holder of a lock may use. */
export interface ResourceUse {
  readonly holder: string;
  /** The fencing token that it brought. */
  readonly token: number;
  /** Whether the resource did what was asked. */
  readonly isAdmitted: boolean;
}

/**
 * The requests of former holders that came after one of a later holder, in the order of arrival: what a resource without
 * a gate suffers when its holder stood still or its request was long on its way.
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

/** The resource has done nothing for a former holder after a later one had come. Throws `Violation`. */
export function checkFencing(what: string, uses: Iterable<ResourceUse>): void {
  const suffered = lateUsesOf(uses).find(({ isAdmitted }) => isAdmitted);
  if (suffered === undefined) return;
  const { holder, token } = suffered;
  throw new Violation(
    'a gate admits no former holder',
    `${what}: ${holder} with ${token}, after a later one`,
  );
}
