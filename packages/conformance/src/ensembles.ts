import { conclaveEnsemble, type Ensemble, type Member, realZooKeeper } from '@conclave/testkit';

/** What both are told, so that what they do can be compared. */
const SESSION_TIMEOUT_MS_MIN = 1_000;
const SESSION_TIMEOUT_MS_MAX = 60_000;
/** Long enough for what a case does in between, and soon. */
const CONTAINER_GRACE_MS = 200;
/** Of `super:secret`. */
const SUPER_DIGEST = 'super:lK75jTNcA+U9vtVEw5vB51mj/w4=';

export function zookeeperUnderTest(): Promise<Ensemble> {
  return realZooKeeper({
    servers: 3,
    settings: {
      tickTime: 500,
      minSessionTimeout: SESSION_TIMEOUT_MS_MIN,
      maxSessionTimeout: SESSION_TIMEOUT_MS_MAX,
      extendedTypesEnabled: 'true',
      enforceQuota: 'true',
      'DigestAuthenticationProvider.superDigest': SUPER_DIGEST,
    },
    javaFlags: [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      `-Dznode.container.checkIntervalMs=${CONTAINER_GRACE_MS}`,
    ],
  });
}

export function conclaveUnderTest(): Promise<Ensemble> {
  return conclaveEnsemble({
    settings: {
      sessionTimeoutMinMs: SESSION_TIMEOUT_MS_MIN,
      sessionTimeoutMaxMs: SESSION_TIMEOUT_MS_MAX,
      superDigest: SUPER_DIGEST,
      containerGraceMs: CONTAINER_GRACE_MS,
      zookeeperConnectionsPerAddressMax: 0,
    },
  });
}

/**
 * The ensemble's servers, the leader before the others. ZooKeeper judges quotas by what its leader has applied, which
 * may be less than a follower has answered: who asks the leader is answered in one order.
 */
export async function leaderFirst(ensemble: Ensemble): Promise<readonly Member[]> {
  const leader = await ensemble.leader();
  return [leader, ...ensemble.members.filter((member) => member !== leader)];
}
