import type { Acl, Stat } from '@conclave/protocol';

export interface Created {
  readonly path: string;
  readonly stat: Stat;
}

export interface NodeContent {
  /** The caller's own, but small values may share one `ArrayBuffer`: `data.buffer` can hold more than the data. */
  readonly data: Uint8Array;
  readonly stat: Stat;
}

export interface NodeChildren {
  readonly children: readonly string[];
  readonly stat: Stat;
}

export interface NodeAcl {
  readonly acl: readonly Acl[];
  readonly stat: Stat;
}
