/** A planted bug: pieces of source that are replaced when they are loaded, in a process of its own. */
export interface Mutation {
  readonly name: string;
  /** Describes the bug. */
  readonly bug: string;
  readonly pieces: readonly Piece[];
  /** The simulator must find the bug within this many seeds. */
  readonly seeds: number;
  /** The only workloads of the clients, if others would hide the bug. */
  readonly workloads?: readonly string[];
}

export interface Piece {
  /** A path below `packages/`. */
  readonly file: string;
  /** Must be in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

/** The environment variable that names the mutation for a process. */
export const MUTATION_VARIABLE = 'CONCLAVE_MUTATION';

/** Returns the source of `file` with the mutation. Throws if the file no longer has a piece exactly once. */
export function mutate(file: string, source: string, { name, pieces }: Mutation): string {
  let mutated = source;
  for (const piece of pieces) {
    if (piece.file !== file) continue;
    const parts = mutated.split(piece.from);
    if (parts.length !== 2) {
      throw new Error(`mutation ${name}: ${file} contains the piece to replace ${parts.length - 1} times`);
    }
    mutated = parts.join(piece.to);
  }
  return mutated;
}
