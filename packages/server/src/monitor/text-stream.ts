import type { Writable } from 'node:stream';

/** How much of a long answer is generated in one turn of the event loop. */
const SLICE_CHARACTERS = 64 * 1024;

/**
 * Writes a text that may be long: a slice in each turn of the event loop, and no faster than the client reads it. A
 * client that reads nothing for `stalledMs` is cut off. Ends the stream; never rejects.
 */
export async function sendText(out: Writable, pieces: Iterable<string>, stalledMs: number): Promise<void> {
  let slice = '';
  for (const piece of pieces) {
    slice += piece;
    if (slice.length < SLICE_CHARACTERS) continue;
    if (out.destroyed || !out.writable) return;
    const flows = out.write(slice);
    slice = '';
    if (!flows && !(await drained(out, stalledMs))) return;
    await nextTurn();
  }
  if (out.destroyed || !out.writable) return;
  out.end(slice);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Waits for room in the stream. Resolves to false if the stream closed, or stalled and was closed for that. */
function drained(out: Writable, stalledMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (flows: boolean): void => {
      clearTimeout(stalled);
      out.off('drain', onDrain);
      out.off('close', onClose);
      resolve(flows);
    };
    const onDrain = (): void => settle(true);
    const onClose = (): void => settle(false);
    const stalled = setTimeout(() => {
      settle(false);
      out.destroy();
    }, stalledMs);
    out.once('drain', onDrain);
    out.once('close', onClose);
  });
}
