import {
  type Client,
  type FencingToken,
  type LineHolderResponse,
  OpCode,
  type SignalOptions,
  toFencingToken,
} from '@conclave/client';

/** The contender at the head of a line: the holder of a lock, or the leader of an election. */
export interface LineHolder {
  /** The path of the holder's node. */
  readonly node: string;
  /** The token of its grant. */
  readonly fencingToken: FencingToken;
  /** The id of its session. */
  readonly sessionId: bigint;
  /** What it has written into its node about itself. Empty if it has written nothing. */
  readonly data: Uint8Array;
}

/** Reads the holder of the line at `path`, with a linearizable read. */
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
