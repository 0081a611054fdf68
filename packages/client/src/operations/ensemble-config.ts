import { type Stat, toZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';

/** The members of an ensemble, as its servers tell them. */
export interface EnsembleConfig {
  readonly members: readonly EnsembleMember[];
  /** The transaction that made it so. */
  readonly version: Zxid;
  /** As it is kept: ZooKeeper's lines. */
  readonly text: string;
  readonly stat: Stat;
}

export interface EnsembleMember {
  readonly id: number;
  /** `host:peerPort:electionPort`; a server may have several. */
  readonly addresses: readonly string[];
  readonly role: 'participant' | 'observer';
  /** `host:port` for ZooKeeper's clients; absent where it is not told. */
  readonly clientAddress: string | undefined;
}

/** Lines that say nothing of a member or the version are left out; `text` has them. */
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
