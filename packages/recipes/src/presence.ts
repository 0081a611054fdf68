import type { Client } from '@conclave/client';
import { onSessionEnd } from './session-end.ts';

/** How long to wait before the first read of the node, and before a read that failed is repeated. */
const LOOK_AFTER_MS = 1_000;

/**
 * Notices that the node of a live session is gone, because it was deleted by hand; the server pushes nothing then. A
 * lock that is held for less than a second costs no request for this. After that one watch is set on the node.
 *
 * `onGone` is called once at most, and not when the session ends. Returns a function that ends the watching.
 */
export function watchPresence(client: Client, node: string, onGone: () => void): () => void {
  let ended = false;
  let timer = setTimeout(look, LOOK_AFTER_MS);
  const end = () => {
    ended = true;
    clearTimeout(timer);
    forget();
  };
  const forget = onSessionEnd(client, () => {
    ended = true;
    clearTimeout(timer);
  });

  function look(): void {
    // The state of this client's server is recent enough: it has the node, because it has sent it to this client.
    const looking = ended ? undefined : client.exists(node, { consistency: 'session', watch: look });
    looking?.then(
      (stat) => {
        if (ended || stat !== null) return;
        end();
        onGone();
      },
      () => {
        if (!ended) timer = setTimeout(look, LOOK_AFTER_MS);
      },
    );
  }
  return end;
}
