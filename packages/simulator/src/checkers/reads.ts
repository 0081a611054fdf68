import { formatZxid, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import type { Moment, StateModel } from './state-model.ts';

/** What a read has found: the node's data and stat, or that there is none. */
export interface Found {
  readonly path: string;
  readonly node: { readonly czxid: number; readonly mzxid: number; readonly version: number } | undefined;
  readonly data: string;
}

/**
 * A read shows what the node was at some moment no earlier than `since`: for a linearizable read, everything that any
 * server had applied when it was begun (whoever has applied it has it from a leader that had committed it); for a session's
 * own read, the newest that the session had been told of (read-your-writes, monotonic reads). Throws `Violation`.
 */
export function checkRead(who: string, state: StateModel, since: Zxid, found: Found): void {
  const past = state.pastOf(found.path);
  // It may have been answered by a server that has not told anybody else yet; so the future is no concern here.
  for (let i = past.length - 1; i >= 0; i--) {
    const moment = past[i] as Moment;
    if (isWhat(moment, found)) return;
    if (moment.zxid <= since) break;
  }
  if (found.node === undefined && (past[0] === undefined || past[0].zxid > since)) return;
  const was = past.map(({ zxid, node }) => `${formatZxid(zxid)} ${node === undefined ? 'gone' : node.data}`);
  throw new Violation(
    'no stale read',
    `${who} finds ${JSON.stringify(found)}, which ${found.path} was at no time since ${formatZxid(since)}: ${was.slice(-6).join(', ')}`,
  );
}

function isWhat({ node }: Moment, found: Found): boolean {
  if (node === undefined || found.node === undefined) return node === found.node;
  const { czxid, mzxid, version } = found.node;
  return node.czxid === czxid && node.mzxid === mzxid && node.version === version && node.data === found.data;
}
