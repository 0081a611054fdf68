import { parentPath } from '@conclave/protocol';
import { isConclaveError } from '../errors.ts';

/**
 * Creates what is missing above `path`, topmost first, in one flight of requests. Rejects when the parent could not be
 * made; that another one above it is refused does not matter, since it may well be there.
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
  // Below the one that could not be made, all lack their parent.
  const cause = failures.findLast((failure) => failure !== undefined && !isRefused(failure.error, 'NO_NODE'));
  throw (cause ?? last).error;
}

function isRefused(error: unknown, code: string): boolean {
  return isConclaveError(error) && error.code === code;
}
