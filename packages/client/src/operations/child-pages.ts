import { OpCode } from '@conclave/protocol';
import type { Client, LookOptions, NodeChildren } from '../client.ts';
import { mustAnswer } from '../response-to.ts';
import type { Reply } from '../session/call.ts';

export interface PageOptions extends LookOptions {
  /** How many names come at a time. Default 1,000; more than fit into an answer are ANSWER_TOO_LARGE. */
  readonly pageSize?: number | undefined;
}

export const PAGE_SIZE = 1_000;

/** `ask` reads the page behind a name. */
export async function* nativePages(
  ask: (after: string) => Promise<Reply>,
): AsyncGenerator<NodeChildren, undefined> {
  let after = '';
  for (;;) {
    const { children, stat, more } = mustAnswer((await ask(after)).response, OpCode.listChildren);
    yield { children, stat };
    const last = children.at(-1);
    if (!more || last === undefined) return;
    after = last;
  }
}

/** ZooKeeper's servers tell all names in one answer. */
export async function* slicedPages(
  client: Client,
  path: string,
  { pageSize = PAGE_SIZE, ...options }: PageOptions,
): AsyncGenerator<NodeChildren, undefined> {
  const { children, stat } = await client.children(path, options);
  const names = [...children].sort();
  for (let from = 0; from === 0 || from < names.length; from += pageSize) {
    yield { children: names.slice(from, from + pageSize), stat };
  }
}
