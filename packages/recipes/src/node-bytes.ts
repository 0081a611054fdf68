import type { NodeData } from '@conclave/client';

const encoder = new TextEncoder();

export function toBytes(data: NodeData): Uint8Array | null {
  return typeof data === 'string' ? encoder.encode(data) : data;
}
