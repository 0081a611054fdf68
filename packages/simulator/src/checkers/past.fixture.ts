import { makeZxid, type Zxid } from '@conclave/protocol';
import type { Moment, Past } from './znode-history.ts';

/** Returns a zxid of epoch 1: `at(5)` is that of its fifth transaction. */
export const at = (counter: number): Zxid => makeZxid(1, counter);

/** The past of a node: for the counter of each transaction the node's data, or null if the transaction deleted it. */
export type Story = Readonly<Record<number, string | null>>;

/** Returns a past that is given node by node. The children of `/` change when nodes are created and deleted. */
export function pastOf(stories: Readonly<Record<string, Story>>): Past {
  const moments = new Map<string, Moment[]>();
  const childChanges = new Set<Zxid>();
  for (const [path, story] of Object.entries(stories)) {
    const past: Moment[] = [];
    moments.set(path, past);
    for (const [counter, data] of Object.entries(story)) {
      const zxid = at(Number(counter));
      const before = past.at(-1)?.node;
      if (data === null || before === undefined) childChanges.add(zxid);
      if (data === null) {
        past.push({ zxid, node: undefined });
        continue;
      }
      const czxid = before?.czxid ?? zxid;
      const version = before === undefined ? 0 : before.version + 1;
      past.push({ zxid, node: { czxid, mzxid: zxid, version, mtime: 0, data, owner: 0, contends: false } });
    }
  }
  const sorted = [...childChanges].sort((a, b) => a - b);
  return {
    pastOf: (path) => moments.get(path) ?? [],
    childChangesOf: (path) => (path === '/' ? sorted : []),
  };
}
