/**
 * The data of a node. A string is sent as UTF-8, and `null` means no data. The caller must not change the bytes
 * before the call is answered.
 */
export type NodeData = Uint8Array | string | null;

/**
 * How long a node lives, and whether its name gets a number.
 *
 * - `persistent`: until it is deleted.
 * - `ephemeral`: until its session ends. It cannot have children.
 * - `persistentSequential`, `ephemeralSequential`: the same, and the server appends a number of ten digits to the name,
 *   which counts up within the parent.
 * - `container`: the ensemble deletes the node some time after its last child was removed.
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
