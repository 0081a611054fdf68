import {
  type Client,
  type FencingToken,
  type LineHolderResponse,
  OpCode,
  type SignalOptions,
  toFencingToken,
} from '@conclave/client';

/** Who is at the head of a line: the holder of a lock, the leader of an election. */
export interface LineHolder {
  readonly node: string;
  readonly fencingToken: FencingToken;
  readonly sessionId: bigint;
  /** What it says of itself; empty when it says nothing. */
  readonly data: Uint8Array;
}

/** Linearizable. */
export async function readLineHolder(
  client: Client,
  path: string,
  { signal }: SignalOptions = {},
): Promise<LineHolder | null> {
  return toLineHolder(await client.request({ op: OpCode.lineHolder, path }, { signal }));
}

export function toLineHolder(response: LineHolderResponse | null): LineHolder | null {
  if (response === null || response.node === '') return null;
  const { node, token, session, data } = response;
  return { node, fencingToken: toFencingToken(token), sessionId: session, data: data ?? new Uint8Array(0) };
}
