import { parseHostPort } from '@conclave/protocol';
import { type Config, ConfigError } from './config.ts';

export interface MemberAddress {
  readonly id: number;
  /** `host:port`, as it was given. */
  readonly address: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The members in the order of their ids. A standalone server has none. Throws `ConfigError`. */
export function membersOf({ members }: Pick<Config, 'members'>): MemberAddress[] {
  return Object.entries(members)
    .map(([id, address]) => {
      const parsed = parseHostPort(address);
      if (parsed === undefined) throw new ConfigError([`members: "${address}": expected host:port`]);
      return { id: Number(id), address, ...parsed };
    })
    .sort((a, b) => a.id - b.id);
}

/** The difference between the two ports that are customary in ZooKeeper, 2888 and 3888. */
const CUSTOMARY_DISTANCE = 1_000;
const PORT_MAX = 65_535;

/**
 * The members in ZooKeeper's format: one line each, and a version, which is 0 for members that were never changed.
 * Conclave's servers need only one port for each other. But ZooKeeper's Java clients reject a member whose two ports
 * are the same, so this names a second port, on which no server listens.
 */
export function membershipText(config: Pick<Config, 'members' | 'zookeeperAddresses'>): string {
  const lines = membersOf(config).map(({ id, address, port }) => {
    const forClients = config.zookeeperAddresses?.[String(id)];
    const end = forClients === undefined ? '' : `;${forClients}`;
    return `server.${id}=${address}:${electionPort(port)}:participant${end}\n`;
  });
  return `${lines.join('')}version=0`;
}

function electionPort(port: number): number {
  return port + CUSTOMARY_DISTANCE <= PORT_MAX ? port + CUSTOMARY_DISTANCE : port - CUSTOMARY_DISTANCE;
}
