import { type Client, isConclaveError } from '@conclave/client';
import { nodeKindOf } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import { QUOTA_STATS } from './quota.ts';
import type { StateModel } from './state-model.ts';

/**
 * Checks that a client finds what was committed when the run is over: every node with its data, its whole stat, its
 * children and its ACL. It reads again for as long as sessions of clients that are gone still expire. Throws
 * `Violation`.
 */
export async function checkFinalState(client: Client, state: StateModel): Promise<void> {
  for (;;) {
    const before = state.lastZxid;
    await client.sync();
    const paths = [...state.nodes.keys()];
    const differences = await Promise.all(paths.map((path) => differenceAt(client, state, path)));
    if (state.lastZxid !== before) continue;
    const difference = differences.find((each) => each !== undefined);
    if (difference !== undefined) throw new Violation('the state is what was committed', difference);
    return;
  }
}

async function differenceAt(client: Client, state: StateModel, path: string): Promise<string | undefined> {
  const consistency = 'session';
  const looking = Promise.all([
    client.get(path, { consistency }),
    client.children(path, { consistency }),
    client.getAcl(path, { consistency }),
  ]);
  const looked = await looking.catch((error: unknown) => {
    if (isConclaveError(error) && error.code === 'NO_NODE') return undefined;
    throw error;
  });
  if (looked === undefined) return `${path} is not there`;
  const [{ stat, data }, { children }, { acl }] = looked;
  const { ephemeralOwner, ctime, mtime, ...counted } = stat;
  const is = {
    ...counted,
    ctime: Number(ctime),
    mtime: Number(mtime),
    acl,
    data: new TextDecoder().decode(data),
    owner: ownerOf(ephemeralOwner),
    children: children.map((name) => `${path}/${name}`).sort(),
  };
  const node = state.nodes.get(path);
  const details = state.detailsOf(path);
  if (node === undefined || details === undefined) return `${path} is gone`;
  const { contends: _, ...shown } = node;
  const { acls, ...counts } = details;
  const should: typeof is = {
    ...shown,
    ...counts,
    aversion: acls.length - 1,
    acl: acls.at(-1) ?? [],
    children: state.childrenOf(path).sort(),
    numChildren: state.childrenOf(path).length,
  };
  // The servers write the counts of a quota themselves, without a transaction of a client.
  if (path === QUOTA_STATS) Object.assign(should, { data: is.data, dataLength: is.dataLength });
  const same = Object.entries(should).every(
    ([key, value]) => JSON.stringify(value) === JSON.stringify(is[key as keyof typeof is]),
  );
  return same ? undefined : `${path} is ${JSON.stringify(is)}, should be ${JSON.stringify(should)}`;
}

/** Converts the owner in a stat to the one in `ModelNode`. */
function ownerOf(ephemeralOwner: bigint): number {
  const node = nodeKindOf(ephemeralOwner);
  switch (node.kind) {
    case 'persistent':
      return 0;
    case 'ephemeral':
      return Number(node.sessionId);
    case 'container':
      return -1;
    case 'ttl':
      return -1 - node.ttlMs;
    default:
      return node satisfies never;
  }
}
