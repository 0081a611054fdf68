/**
 * The reasons why keys of `zoo.cfg` have no effect here. A key that ends in `*` stands for every key with that prefix.
 */
export const IGNORED_KEYS: Readonly<Record<string, string>> = {
  initLimit: 'a server has 200 ticks of tickMs to catch up, and longer while it receives a checkpoint',
  syncLimit: 'tickMs and suspicionTicks detect a silent server, sooner than ZooKeeper can',
  electionAlg: 'there is only one election algorithm',
  'autopurge.snapRetainCount':
    'there is only one checkpoint, and the log is kept back to the checkpoint before it',
  'autopurge.purgeInterval': 'old log entries are deleted with each checkpoint',
  preAllocSize: 'the log is a database file that grows as needed',
  commitLogCount: 'a fixed limit bounds the entries kept in memory for followers that reconnect',
  'commitLogCount*': 'a fixed limit bounds the entries kept in memory for followers that reconnect',
  forceSync: 'every write is forced to disk before it is acknowledged',
  skipACL: 'access control is always on',
  leaderServes: 'a leader always serves clients too',
  localSessionsEnabled: 'every session is known to all servers',
  localSessionsUpgradingEnabled: 'every session is known to all servers',
  extendedTypesEnabled: 'nodes with a time to live are always supported',
  standaloneEnabled: 'a standalone server is an ensemble of one',
  reconfigEnabled: 'the members of a running ensemble cannot be changed yet',
  syncEnabled: 'there are no observers yet',
  observerMasterPort: 'there are no observers yet',
  connectToLearnerMasterLimit: 'every server keeps a connection to every other one',
  cnxTimeout: 'an attempt to connect to another server ends after two seconds and is repeated',
  electionPortBindRetry: 'a server whose port is taken exits at the start; its supervisor can start it again',
  clientPortListenBacklog: 'the backlog is always 1024',
  'multiAddress.*': 'only one address of each server is used',
  'quorum.cnxn.threads.size': 'connections between servers need no threads',
  'jvm.*': 'there is no Java virtual machine',
  'metricsProvider.*': 'metrics are at /metrics on webPort and adminPort',
  'readonlymode.enabled': 'there is no read-only mode: a server that cannot reach a quorum does not serve',
  'digest.enabled': 'servers always compare the digests of their state',
  'audit.enable': 'there is no audit log',
  flushDelay: 'requests that arrive in one turn of the event loop are flushed together',
  maxWriteQueuePollTime: 'requests that arrive in one turn of the event loop are flushed together',
  maxBatchSize: 'requests that arrive in one turn of the event loop are flushed together',
  'connection_throttle_*': 'connectionsMax and connectionsPerAddressMax bound the number of connections',
  'request_throttle_*': 'the server stops reading from a client with too many requests in flight',
  requestThrottle: 'the server stops reading from a client with too many requests in flight',
  throttledOpWaitTime: 'the server stops reading from a client with too many requests in flight',
  'snapshot.*': 'checkpoints are rows in a database',
  'fsync.warningthresholdms': 'slow disk writes are not logged',
  watchManagerName: 'there is only one implementation of watches',
  'nio.*': 'one event loop serves all connections',
  'netty.*': 'one event loop serves all connections',
  'client.portUnification': 'TLS is not supported yet',
  serverCnxnFactory: 'one event loop serves all connections',
  'commitProcessor.*': 'requests are not passed between threads',
  maxResponseCacheSize: 'answers are not cached',
  maxGetChildrenResponseCacheSize: 'answers are not cached',
  'admin.idleTimeout': 'an idle connection ends after five seconds',
  'admin.httpVersion': 'it is always HTTP/1.1',
  'admin.rateLimiterIntervalInMS': 'there is no such command',
  'admin.snapshot.enabled': 'there is no such command',
  'admin.restore.enabled': 'there is no such command',
  'znode.container.checkIntervalMs': 'empty containers are deleted as soon as their time is over',
  'znode.container.maxPerMinute': 'a fixed limit bounds how many containers are deleted at a time',
};

/**
 * Keys that a server must not ignore when they are on. Otherwise it would be less protected, or count its votes
 * differently, than its operator has asked for. The values `false`, `no` and `off` are accepted.
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

/** The entry of a table for a key, under its own name or under a prefix. */
export function entryFor(table: Readonly<Record<string, string>>, key: string): string | undefined {
  if (Object.hasOwn(table, key)) return table[key];
  const beginning = Object.keys(table).find(
    (name) => name.endsWith('*') && key.startsWith(name.slice(0, -1)),
  );
  return beginning === undefined ? undefined : table[beginning];
}
