import { OpCode } from '@conclave/protocol';
import { mustAnswer } from '../response-to.ts';
import type { Reply } from '../session/call.ts';
import type { NodeChildren } from './results.ts';

export const PAGE_SIZE = 1_000;

/** `ask` reads the page that follows a name. */
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

/** Cuts pages out of one read, because ZooKeeper's servers send all names in one answer. */
export async function* slicedPages(
  read: () => Promise<NodeChildren>,
  pageSize: number,
): AsyncGenerator<NodeChildren, undefined> {
  const { children, stat } = await read();
  const names = [...children].sort();
  for (let from = 0; from === 0 || from < names.length; from += pageSize) {
    yield { children: names.slice(from, from + pageSize), stat };
  }
}
