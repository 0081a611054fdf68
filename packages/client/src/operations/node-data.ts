/** A string is sent as UTF-8; `null` is no data at all. Bytes must not be changed until the call is answered. */
export type NodeData = Uint8Array | string | null;

/**
 * `ephemeral`: goes with its session, and has no children. Sequential: a number of ten digits that counts up within
 * the parent is put behind the name. `container`: the ensemble deletes it some time after its last child went.
 */
export type CreateMode =
  | 'persistent'
  | 'ephemeral'
  | 'persistentSequential'
  | 'ephemeralSequential'
  | 'container';

const textEncoder = new TextEncoder();

export function toBytes(data: NodeData): Uint8Array | null {
  return typeof data === 'string' ? textEncoder.encode(data) : data;
}

export function isSequential(mode: CreateMode | undefined): boolean {
  return mode === 'persistentSequential' || mode === 'ephemeralSequential';
}
