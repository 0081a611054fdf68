import { type Client, isConclaveError, type NodeChildren, type WatchEvent } from '@conclave/client';

interface ChildNamesOptions {
  readonly watch?: ((event: WatchEvent) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Returns the children of a node in order, even if one answer cannot hold them all. Rejects with NO_NODE. */
export async function childNames(
  client: Client,
  path: string,
  { watch, signal }: ChildNamesOptions,
): Promise<NodeChildren> {
  try {
    const { children, stat } = await client.children(path, { watch, signal });
    return { children: [...children].sort(), stat };
  } catch (error) {
    // After a refused answer the client cannot know whether the watch was set, so a listing with a watch is not retried.
    const isTooLarge = isConclaveError(error) && error.code === 'ANSWER_TOO_LARGE';
    if (!isTooLarge || watch !== undefined) throw error;
  }
  const all: string[] = [];
  let stat: NodeChildren['stat'] | undefined;
  for await (const page of client.childPages(path, { signal })) {
    all.push(...page.children);
    ({ stat } = page);
  }
  if (stat === undefined) throw new TypeError('a listing has at least one page');
  return { children: all, stat };
}
