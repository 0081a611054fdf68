import type { Config } from './config.ts';

export interface MemberAddress {
  readonly id: number;
  /** `host:port`, as it was given. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

/** The members, by their numbers. A server on its own has none. */
export function membersOf({ members }: Pick<Config, 'members'>): MemberAddress[] {
  return Object.entries(members)
    .map(([id, address]) => {
      const colon = address.lastIndexOf(':');
      return {
        id: Number(id),
        address,
        host: address.slice(0, colon),
        port: Number(address.slice(colon + 1)),
      };
    })
    .sort((a, b) => a.id - b.id);
}

/** How far ZooKeeper's two customary ports, 2888 and 3888, are from one another. */
const CUSTOMARY_DISTANCE = 1_000;
const PORT_MAX = 65_535;

/**
 * The members as ZooKeeper writes them, one to a line, and a version: 0 for members that were never changed. Servers
 * here have one port for one another. ZooKeeper's Java clients refuse to read of a member whose two ports are the
 * same, and so a second one is named, at which nobody listens.
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
