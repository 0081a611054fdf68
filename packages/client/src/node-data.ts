import { CreateFlag } from '@conclave/protocol';

/** A string is sent as UTF-8; `null` is no data at all. Bytes must not be changed until the call is answered. */
export type NodeData = Uint8Array | string | null;

export type CreateMode = 'persistent' | 'ephemeral' | 'persistentSequential' | 'ephemeralSequential';

const textEncoder = new TextEncoder();

export function toBytes(data: NodeData): Uint8Array | null {
  return typeof data === 'string' ? textEncoder.encode(data) : data;
}

export function createFlags(mode: CreateMode | undefined): number {
  return CreateFlag[mode ?? 'persistent'];
}

export function isSequential(mode: CreateMode | undefined): boolean {
  return mode === 'persistentSequential' || mode === 'ephemeralSequential';
}
