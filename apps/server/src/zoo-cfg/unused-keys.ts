/** Why keys of `zoo.cfg` change nothing here. A key that ends in `*` stands for all that begin so. */
export const IGNORED_KEYS: Readonly<Record<string, string>> = {
  initLimit: 'a server has 200 ticks of tickMs to be brought up to date, and more while a checkpoint moves',
  syncLimit: 'silence is found out by tickMs and suspicionTicks, sooner than ZooKeeper could',
  electionAlg: 'there is one way of election',
  'autopurge.snapRetainCount': 'there is one checkpoint, and the log before the last but one is let go',
  'autopurge.purgeInterval': 'the log is let go with each checkpoint',
  preAllocSize: 'the log is a database, which grows as it needs to',
  commitLogCount: 'entries in memory for followers that come back are bounded by a fixed limit',
  'commitLogCount*': 'entries in memory for followers that come back are bounded by a fixed limit',
  forceSync: 'every write is forced to disk before it is acknowledged',
  skipACL: 'access control is always on',
  leaderServes: 'a leader serves clients too',
  localSessionsEnabled: 'every session is known to all servers',
  localSessionsUpgradingEnabled: 'every session is known to all servers',
  extendedTypesEnabled: 'nodes with a time to live are always there',
  standaloneEnabled: 'a server on its own is an ensemble of one',
  reconfigEnabled: 'the members of a running ensemble cannot be changed yet',
  syncEnabled: 'there are no observers yet',
  observerMasterPort: 'there are no observers yet',
  connectToLearnerMasterLimit: 'servers keep links to all others',
  cnxTimeout: 'servers dial one another for two seconds at most, again and again',
  electionPortBindRetry: 'a port that cannot be had ends the start, and whoever starts servers tries again',
  clientPortListenBacklog: 'it is 1024',
  'multiAddress.*': 'one address of each server is used',
  'quorum.cnxn.threads.size': 'there are no threads for links',
  'jvm.*': 'there is no Java virtual machine',
  'metricsProvider.*': 'metrics are at /metrics on webPort, and at adminPort',
  'readonlymode.enabled': 'there is no read-only mode: who cannot reach a quorum does not serve',
  'digest.enabled': "servers always compare their state's digests",
  'audit.enable': 'there is no audit log',
  flushDelay: 'what comes in one turn of the event loop is flushed together',
  maxWriteQueuePollTime: 'what comes in one turn of the event loop is flushed together',
  maxBatchSize: 'what comes in one turn of the event loop is flushed together',
  'connection_throttle_*': 'connections are bounded by connectionsMax and those of one address',
  'request_throttle_*': 'who has too much under way is not read until it is less',
  requestThrottle: 'who has too much under way is not read until it is less',
  throttledOpWaitTime: 'who has too much under way is not read until it is less',
  'snapshot.*': 'checkpoints are rows of a database',
  'fsync.warningthresholdms': 'how long the disk takes is not logged',
  watchManagerName: 'there is one way to keep watches',
  'nio.*': 'one event loop serves all connections',
  'netty.*': 'one event loop serves all connections',
  'client.portUnification': 'there is no TLS yet',
  serverCnxnFactory: 'one event loop serves all connections',
  'commitProcessor.*': 'requests are not handed from thread to thread',
  maxResponseCacheSize: 'answers are not cached',
  maxGetChildrenResponseCacheSize: 'answers are not cached',
  'admin.idleTimeout': 'an idle connection ends after five seconds',
  'admin.httpVersion': 'it is HTTP/1.1',
  'admin.rateLimiterIntervalInMS': 'there is no such command',
  'admin.snapshot.enabled': 'there is no such command',
  'admin.restore.enabled': 'there is no such command',
  'znode.container.checkIntervalMs': 'empty containers are looked for all the time',
  'znode.container.maxPerMinute': 'how many containers go at a time has a fixed bound',
};

/**
 * Keys that a server must not pass over when they are on: it would run more open, or with other quorums, than its
 * operator has said. `false`, `no` and `off` are fine.
 */
export const REFUSED_KEYS: Readonly<Record<string, string>> = {
  'group.*': 'servers have one vote each; groups are not supported',
  'weight.*': 'servers have one vote each; weights are not supported',
  secureClientPort: 'TLS is not supported yet',
  secureClientPortAddress: 'TLS is not supported yet',
  sslQuorum: 'TLS is not supported yet',
  portUnification: 'TLS is not supported yet',
  'ssl.*': 'TLS is not supported yet',
  'admin.forceHttps': 'TLS is not supported yet',
  'admin.needClientAuth': 'TLS is not supported yet',
  'admin.portUnification': 'TLS is not supported yet',
  'quorum.auth.*': 'authentication of servers is not supported yet',
  'authProvider.*': 'authentication beyond digest and ip is not supported yet',
  requireClientAuthScheme: 'authentication beyond digest and ip is not supported yet',
  sessionRequireClientSASLAuth: 'SASL is not supported',
  'enforce.auth.*': 'clients cannot be made to authenticate yet',
  oraclePath: 'a majority decides; oracles are not supported',
};

/** What a table says of a key, by its own name or by the beginning that it stands under. */
export function entryFor(table: Readonly<Record<string, string>>, key: string): string | undefined {
  if (Object.hasOwn(table, key)) return table[key];
  const beginning = Object.keys(table).find(
    (name) => name.endsWith('*') && key.startsWith(name.slice(0, -1)),
  );
  return beginning === undefined ? undefined : table[beginning];
}
