import type { Client } from '@conclave/client';
import { onSessionEnd } from './session-end.ts';

/** When a node is first looked at, and how long to wait before a look that failed is repeated. */
const LOOK_AFTER_MS = 1_000;

/**
 * Notices that the node of a living session is gone: somebody has deleted it by hand, which no push tells. A lock
 * held for less than a second costs no request for that; later one watch keeps an eye on it.
 *
 * `onGone` is called once at most, and not when the session ends. Returns what ends it.
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
    // What this client's server knows is enough: it knows of the node, because it has told us of it.
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
