import type { Client } from '@conclave/client';

/**
 * The callbacks for the end of a session. A program may hold a thousand locks in one session, and adding a listener
 * to an AbortSignal takes time in proportion to the listeners that it has already.
 */
const listenersBySignal = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>();

/**
 * Calls back once when the session ends, or in a later microtask if it is over already. Returns a function that
 * removes the callback.
 */
export function onSessionEnd(client: Client, callback: (reason: unknown) => void): () => void {
  const { signal } = client.session;
  const listeners = listenersBySignal.get(signal) ?? listenTo(signal);
  const listener = (reason: unknown) => callback(reason);
  if (signal.aborted) {
    queueMicrotask(() => {
      if (listeners.delete(listener)) callback(signal.reason);
    });
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function listenTo(signal: AbortSignal): Set<(reason: unknown) => void> {
  const listeners = new Set<(reason: unknown) => void>();
  listenersBySignal.set(signal, listeners);
  const handleAbort = () => {
    for (const listener of listeners) listener(signal.reason);
    listeners.clear();
  };
  signal.addEventListener('abort', handleAbort, { once: true });
  return listeners;
}
