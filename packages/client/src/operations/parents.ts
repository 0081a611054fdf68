import { parentPath } from '@conclave/protocol';
import { isConclaveError } from '../errors.ts';

/**
 * Creates the missing nodes above `path` with `create`, topmost first, without waiting for one before the next.
 * Rejects if the parent of `path` could not be created. Errors of the nodes above the parent do not matter, because
 * those may exist already.
 */
export async function createMissingParents(
  create: (path: string) => Promise<unknown>,
  path: string,
): Promise<void> {
  const parents: string[] = [];
  for (let parent = parentPath(path); parent !== '/'; parent = parentPath(parent)) parents.push(parent);
  const failures = await Promise.all(
    parents.reverse().map(async (parent) => {
      try {
        await create(parent);
        return undefined;
      } catch (error) {
        return isRefused(error, 'NODE_EXISTS') ? undefined : { error };
      }
    }),
  );
  const last = failures.at(-1);
  if (last === undefined) return;
  // All nodes below the one that could not be created fail with NO_NODE, which hides the cause.
  const cause = failures.findLast((failure) => failure !== undefined && !isRefused(failure.error, 'NO_NODE'));
  throw (cause ?? last).error;
}

function isRefused(error: unknown, code: string): boolean {
  return isConclaveError(error) && error.code === code;
}
