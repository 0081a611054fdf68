import { parentPath } from '@conclave/protocol';
import type { Client, CommandOptions } from './client.ts';
import { isConclaveError } from './errors.ts';

/** Creates what is missing above `path`, topmost first, in one flight of requests. */
export async function createMissingParents(
  client: Client,
  path: string,
  options: CommandOptions,
): Promise<void> {
  const parents: string[] = [];
  for (let parent = parentPath(path); parent !== '/'; parent = parentPath(parent)) parents.push(parent);
  const { guard, signal } = options;
  await Promise.all(
    parents.reverse().map(async (parent) => {
      try {
        await client.create(parent, null, { guard, signal });
      } catch (error) {
        if (!(isConclaveError(error) && error.code === 'NODE_EXISTS')) throw error;
      }
    }),
  );
}
