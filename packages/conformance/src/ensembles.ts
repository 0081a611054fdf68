import { conclaveEnsemble, type Ensemble, type Member, realZooKeeper } from '@conclave/testkit';

/** Both ensembles get the same settings, so that their answers can be compared. */
const SESSION_TIMEOUT_MS_MIN = 1_000;
const SESSION_TIMEOUT_MS_MAX = 60_000;
/** Long enough for the steps in between, and short enough to wait for. */
const CONTAINER_GRACE_MS = 200;
/** The digest of `super:secret`. */
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
 * Returns the ensemble's servers, the leader first. ZooKeeper checks quotas against the state that its leader has
 * applied, which may lag behind a follower's answers. A client of the leader sees one order.
 */
export async function leaderFirst(ensemble: Ensemble): Promise<readonly Member[]> {
  const leader = await ensemble.leader();
  return [leader, ...ensemble.members.filter((member) => member !== leader)];
}
