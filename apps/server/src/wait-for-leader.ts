import { setTimeout as delay } from 'node:timers/promises';
import type { ServerStatus } from '@conclave/server';

const POLL_MS = 20;

/**
 * Waits until every server at these admin addresses serves, and resolves to the leader's id. Rejects if `signal`
 * aborts.
 */
export async function waitForLeader(
  adminUrls: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<number> {
  for (;;) {
    const statuses = await Promise.all(adminUrls.map((url) => statusOf(url, signal)));
    const leader = statuses[0]?.leader;
    if (leader != null && statuses.every((status) => status?.serving === true && status.leader === leader))
      return leader;
    try {
      await delay(POLL_MS, undefined, { signal });
    } catch (cause) {
      throw new Error('the servers have not elected a leader in time; their logs say why', { cause });
    }
  }
}

async function statusOf(url: string, signal: AbortSignal): Promise<ServerStatus | undefined> {
  try {
    const response = await fetch(`${url}/v1/status`, { signal });
    return (await response.json()) as ServerStatus;
  } catch {
    return undefined;
  }
}
