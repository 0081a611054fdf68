import type { Operation } from '../history.ts';
import type { Model } from './linearizability.ts';

/** A request of a client to the znodes of one group. A `version` of -1 matches any. */
export type ZnodeInput =
  | { readonly op: 'create'; readonly key: string; readonly value: string }
  | { readonly op: 'set'; readonly key: string; readonly value: string; readonly version: number }
  | { readonly op: 'delete'; readonly key: string; readonly version: number }
  /** A linearizable read, or a sync and then a read from the session's own server. */
  | { readonly op: 'get'; readonly key: string; readonly by?: 'sync' }
  | { readonly op: 'multi'; readonly writes: readonly Exclude<ZnodeInput, { op: 'get' | 'multi' }>[] };

/** The result of a request: the node for `get`, the new version for `set`, and nothing for the others. */
export interface ZnodeResult {
  readonly value?: string;
  readonly version?: number;
}

interface Znode {
  readonly value: string;
  readonly version: number;
}

/** The existing nodes, by key. */
type Znodes = ReadonlyMap<string, Znode>;

type ZnodeWrite = Exclude<ZnodeInput, { op: 'get' | 'multi' }>;

/** Znodes that exist side by side, with versions and conditional writes, and transactions over several. */
export const znodeModel: Model<Znodes, ZnodeInput, ZnodeResult> = {
  initial: new Map(),
  key: (state) =>
    [...state]
      .map(([key, { value, version }]) => `${key}=${value}@${version}`)
      .sort()
      .join(';'),
  apply(state, { input, outcome }: Operation<ZnodeInput, ZnodeResult>) {
    if (outcome.type === 'never') return undefined;
    if (input.op === 'get') {
      const node = state.get(input.key);
      if (outcome.type === 'refused')
        return outcome.code === 'NO_NODE' && node === undefined ? state : undefined;
      if (outcome.type === 'unknown') return state;
      const { value, version } = outcome.result;
      return node?.value === value && node?.version === version ? state : undefined;
    }
    let next: Znodes | string = state;
    for (const write of input.op === 'multi' ? input.writes : [input]) {
      next = applyWrite(next, write);
      if (typeof next === 'string') break;
    }
    if (typeof next === 'string') {
      // The request is refused in this state. If its outcome is unknown, it may have been refused too, without an effect.
      if (outcome.type === 'unknown') return state;
      return outcome.type === 'refused' && outcome.code === next ? state : undefined;
    }
    if (outcome.type === 'refused') return undefined;
    if (
      outcome.type === 'done' &&
      input.op === 'set' &&
      outcome.result.version !== next.get(input.key)?.version
    )
      return undefined;
    return next;
  },
};

/** Returns the state after a write, or the error code with which it is refused. */
function applyWrite(state: Znodes, write: ZnodeWrite): Znodes | string {
  const node = state.get(write.key);
  if (write.op === 'create') {
    if (node !== undefined) return 'NODE_EXISTS';
    return new Map(state).set(write.key, { value: write.value, version: 0 });
  }
  if (node === undefined) return 'NO_NODE';
  if (write.version !== -1 && write.version !== node.version) return 'BAD_VERSION';
  const next = new Map(state);
  if (write.op === 'delete') next.delete(write.key);
  else next.set(write.key, { value: write.value, version: node.version + 1 });
  return next;
}
