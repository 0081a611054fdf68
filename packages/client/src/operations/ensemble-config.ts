import { type Stat, toZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';

/** The members of an ensemble. */
export interface EnsembleConfig {
  /** The members, in the order in which the servers list them. */
  readonly members: readonly EnsembleMember[];
  /** The transaction that set these members. */
  readonly version: Zxid;
  /** The configuration as it is stored, in the lines of ZooKeeper's format. */
  readonly text: string;
  /** The stat of the node that holds the configuration. */
  readonly stat: Stat;
}

/** One server of an ensemble. */
export interface EnsembleMember {
  /** The id of the server. */
  readonly id: number;
  /** `host:peerPort:electionPort`. A server may have several of them. */
  readonly addresses: readonly string[];
  /** Whether the server votes (`participant`) or only follows (`observer`). */
  readonly role: 'participant' | 'observer';
  /** `host:port` for ZooKeeper's clients, or undefined if the configuration does not have it. */
  readonly clientAddress: string | undefined;
}

/** Reads the lines that name a member or the version. Other lines are left out here; `text` has them. */
export function parseEnsembleConfig(text: string, stat: Stat): EnsembleConfig {
  const members: EnsembleMember[] = [];
  let version = ZXID_ZERO;
  for (const line of text.split('\n')) {
    const [, id, places = '', clientAddress] = /^server\.(\d+)=([^;]*)(?:;(.*))?$/.exec(line.trim()) ?? [];
    if (id !== undefined) members.push(memberOf(Number(id), places, clientAddress));
    const [, digits] = /^version=([0-9a-f]+)$/.exec(line.trim()) ?? [];
    if (digits !== undefined && digits.length <= 13) version = toZxid(Number.parseInt(digits, 16));
  }
  return { members, version, text, stat };
}

function memberOf(id: number, places: string, clientAddress: string | undefined): EnsembleMember {
  const role = places.endsWith(':observer') ? 'observer' : 'participant';
  const addresses = places.split('|').map((place) => place.replace(/:(?:participant|observer)$/, ''));
  return { id, addresses, role, clientAddress: clientAddress === '' ? undefined : clientAddress };
}
