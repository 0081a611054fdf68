import type { ServerId } from './entry.ts';
import type { Credentials } from './messages.ts';
import type { Quorum } from './quorum.ts';

/**
 * Decides which members count in election and discovery: those that can be relied on to have kept everything that they
 * acknowledged.
 *
 * A member with a log that lost entries does not count until a leader has brought it up to date. A blank member does not
 * count either: an `acceptedEpoch` of 0 means a disk that was never used, or one that was lost, and there is no way to
 * know which. If blank members counted beside others, one lost disk could make a quorum that misses committed entries.
 * (A blank member that joins an established leader writes its `acceptedEpoch` only together with the whole
 * history, so an interrupted synchronisation leaves it blank.)
 *
 * A new ensemble consists of blank members only. So these count, together with members that have promised an epoch but
 * never held anything, if no member in sight ever held anything and either a quorum is blank or no member is out of
 * sight. The price is that an ensemble may have to wait until all its members are up, if its very first election was cut
 * short.
 */
export function electorate(
  quorum: Quorum,
  inSight: ReadonlyMap<ServerId, Credentials>,
): (id: ServerId) => boolean {
  const bootstrapping = isBootstrap(quorum, inSight);
  return (id) => {
    const credentials = inSight.get(id);
    return credentials?.trusted === true && (bootstrapping || !isBlank(credentials));
  };
}

/** Whether the members among `ids` that count are a quorum. */
export function isQuorumOfElectorate(
  quorum: Quorum,
  inSight: ReadonlyMap<ServerId, Credentials>,
  ids: Iterable<ServerId>,
): boolean {
  const counts = electorate(quorum, inSight);
  const counted = new Set<ServerId>();
  for (const id of ids) if (counts(id)) counted.add(id);
  return quorum.isQuorum(counted);
}

/** Whether the member has never made a promise, as far as its disk shows. */
export function isBlank(credentials: Credentials): boolean {
  return credentials.acceptedEpoch === 0;
}

function isBootstrap(quorum: Quorum, inSight: ReadonlyMap<ServerId, Credentials>): boolean {
  const blank = new Set<ServerId>();
  let members = 0;
  for (const [id, credentials] of inSight) {
    if (!quorum.members.has(id)) continue;
    members += 1;
    if (credentials.currentEpoch !== 0 || credentials.lastZxid !== 0 || !credentials.trusted) return false;
    if (isBlank(credentials)) blank.add(id);
  }
  return members === quorum.members.size || quorum.isQuorum(blank);
}
