import type { Operation } from '../history.ts';
import { Violation } from '../violation.ts';

/** An effect that its `mark` distinguishes from every other. */
export interface Effect {
  readonly mark: string;
  /** Where the effect took place. The answer to its request must name the same place. */
  readonly place: string;
}

/**
 * Checks that every request took effect once if it was answered, never if it was refused or not sent, and at most
 * once if its outcome is unknown. The answer must name the place of the effect. Throws `Violation`.
 */
export function checkExactlyOnce(
  what: string,
  operations: readonly Operation<string, string>[],
  effects: Iterable<Effect>,
): void {
  const places = new Map<string, string[]>();
  for (const { mark, place } of effects) places.set(mark, [...(places.get(mark) ?? []), place]);
  for (const { input: mark, outcome, session } of operations) {
    const found = places.get(mark) ?? [];
    places.delete(mark);
    if (found.length > 1) {
      throw new Violation(
        'exactly once',
        `${what}: ${mark} of ${session} happened ${found.length} times: ${found.join()}`,
      );
    }
    switch (outcome.type) {
      case 'done':
        if (found.length === 0) {
          throw new Violation(
            'nothing acknowledged is lost',
            `${what}: ${mark} of ${session}, at ${outcome.result}`,
          );
        }
        if (found[0] !== outcome.result) {
          throw new Violation(
            'exactly once',
            `${what}: ${mark} of ${session} should be at ${outcome.result} by its answer, but is at ${found[0]}`,
          );
        }
        break;
      case 'refused':
      case 'never':
        if (found.length > 0) {
          const answer = outcome.type === 'refused' ? `was refused with ${outcome.code}` : 'was never sent';
          throw new Violation(
            'a refusal has no effect',
            `${what}: ${mark} of ${session} ${answer}, but is at ${found[0]}`,
          );
        }
        break;
      case 'unknown':
        break;
      default:
        outcome satisfies never;
    }
  }
  const [unasked] = places.keys();
  if (unasked !== undefined) throw new Violation('integrity', `${what}: no client asked for ${unasked}`);
}
