/** A deliberate bug: a piece of source that is replaced while it is loaded, in a process of its own. */
export interface Mutation {
  readonly name: string;
  /** What is wrong then. */
  readonly tells: string;
  /** Below `packages/`. */
  readonly file: string;
  /** Must be there once. */
  readonly from: string;
  readonly to: string;
  /** It is found within so many seeds. */
  readonly seeds: number;
}

/** How a process is told which one is meant. */
export const MUTATION_VARIABLE = 'CONCLAVE_MUTATION';

/** Throws when the source has changed so that the mutation has lost its place. */
export function mutate(source: string, { name, file, from, to }: Mutation): string {
  const pieces = source.split(from);
  if (pieces.length !== 2) {
    throw new Error(`mutation ${name}: ${file} has the piece to replace ${pieces.length - 1} times`);
  }
  return pieces.join(to);
}
