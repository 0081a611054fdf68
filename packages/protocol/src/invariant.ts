/** A condition that always holds did not hold. The state can no longer be trusted, so its owner must stop. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
  readonly code = 'INVARIANT_BROKEN';
}

/**
 * Throws `InvariantError` unless `holds`. The text is built even if the condition holds, so on a hot path write
 * `if (!holds) throw new InvariantError(...)` instead.
 */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantError(what);
}

/** The last case of an exhaustive switch that returns a value or must not fall through. Always throws. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected ${JSON.stringify(value, writable)}`);
}

function writable(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
