import type { ServerStatus } from '@conclave/server';
import { type Ensemble, type Member, until } from '@conclave/testkit';

/** Several times the silence after which a server is taken for failed. */
const NOTICED_WITHIN_MS = 3_000;

/** The status of a server. Rejects if it does not answer within two seconds. */
export async function statusOf(member: Member): Promise<ServerStatus> {
  const url = `http://127.0.0.1:${member.webPort}/v1/status`;
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  return (await response.json()) as ServerStatus;
}

/** Waits until all of these servers serve under one leader, and resolves to their statuses. */
export function inService(members: readonly Member[]): Promise<readonly ServerStatus[]> {
  return until(
    async () => {
      const all = await Promise.all(members.map(statusOf));
      const [first] = all;
      return all.every(({ serving, leader }) => serving && leader === first?.leader) ? all : undefined;
    },
    { what: `servers ${members.map(({ id }) => id).join(', ')} to serve under one leader` },
  );
}

/** Waits until none of these servers serves. They must soon find out that they cannot. */
export async function outOfService(members: readonly Member[]): Promise<void> {
  await until(
    async () => {
      const all = await Promise.all(members.map(statusOf));
      return all.some(({ serving }) => serving) ? undefined : true;
    },
    { what: `servers ${members.map(({ id }) => id).join(', ')} not to serve`, timeoutMs: NOTICED_WITHIN_MS },
  );
}

/** Waits until these servers serve under another leader than `old`, and resolves to the new leader's id. */
export function newLeader(members: readonly Member[], old: Member): Promise<number> {
  return until(
    async () => {
      const [first] = await inService(members);
      return first?.leader === old.id ? undefined : (first?.leader ?? undefined);
    },
    { what: `another leader than server ${old.id}` },
  );
}

/** Waits until all servers have applied the same transactions. Their digests may then be compared. */
export function atOneZxid(ensemble: Ensemble): Promise<readonly ServerStatus[]> {
  return until(
    async () => {
      const all = await Promise.all(ensemble.members.map(statusOf));
      return all.every(({ zxid }) => zxid.hex === all[0]?.zxid.hex) ? all : undefined;
    },
    { what: 'all servers to reach the same zxid' },
  );
}

export async function leaderOf(ensemble: Ensemble): Promise<Member> {
  const [status] = await inService(ensemble.members);
  return memberOf(ensemble, status?.leader ?? 0);
}

export function memberOf(ensemble: Ensemble, id: number): Member {
  const member = ensemble.members.find((candidate) => candidate.id === id);
  if (member === undefined) throw new Error(`the ensemble has no server ${id}`);
  return member;
}

export function othersThan(ensemble: Ensemble, member: Member): readonly Member[] {
  return ensemble.members.filter(({ id }) => id !== member.id);
}

export function webAddress(member: Member): string {
  return `ws://127.0.0.1:${member.webPort}`;
}

export function tcpAddress(member: Member): string {
  return `tcp://127.0.0.1:${member.tcpPort}`;
}
