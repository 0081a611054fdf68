/**
 * Divides payloads in their order into parts. Each part has at most `bytesMax` bytes, or is a single payload.
 */
export function* inFrames(
  payloads: readonly Uint8Array[],
  bytesMax: number,
): Generator<readonly Uint8Array[]> {
  let start = 0;
  let bytes = 0;
  for (const [at, payload] of payloads.entries()) {
    if (at > start && bytes + payload.length > bytesMax) {
      yield payloads.slice(start, at);
      start = at;
      bytes = 0;
    }
    bytes += payload.length;
  }
  if (start === 0) yield payloads;
  else yield payloads.slice(start);
}
