/** A deliberate bug: pieces of source that are replaced while they are loaded, in a process of its own. */
export interface Mutation {
  readonly name: string;
  /** What is wrong then. */
  readonly bug: string;
  readonly pieces: readonly Piece[];
  /** It is found within so many seeds. */
  readonly seeds: number;
  /** Clients do nothing but these workloads, where the others would hide it. */
  readonly workloads?: readonly string[];
}

export interface Piece {
  /** Below `packages/`. */
  readonly file: string;
  /** Must be there once. */
  readonly from: string;
  readonly to: string;
}

/** How a process is told which one is meant. */
export const MUTATION_VARIABLE = 'CONCLAVE_MUTATION';

/** What the source of `file` is with the mutation. Throws when it has changed so that a piece has lost its place. */
export function mutate(file: string, source: string, { name, pieces }: Mutation): string {
  let mutated = source;
  for (const piece of pieces) {
    if (piece.file !== file) continue;
    const parts = mutated.split(piece.from);
    if (parts.length !== 2) {
      throw new Error(`mutation ${name}: ${file} has the piece to replace ${parts.length - 1} times`);
    }
    mutated = parts.join(piece.to);
  }
  return mutated;
}
