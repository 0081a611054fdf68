/** An intended difference between Conclave and the ZooKeeper that the cases were recorded from (3.8.0). */
export interface IntendedDifference {
  /** The name that the scripts use. */
  readonly id: string;
  readonly what: string;
  readonly zookeeper: string;
  readonly conclave: string;
  readonly why: string;
}

/** Each one is a row of `docs/zookeeper-differences.md`, and at least one case meets it. */
export const differences: readonly IntendedDifference[] = [
  {
    id: 'exists-needs-read',
    what: '`exists` of a node that the session may not read',
    zookeeper: '3.8.0 answers its stat; since 3.8.4 and 3.9.2 `NO_AUTH`',
    conclave: '`NO_AUTH`',
    why: 'as later versions: CVE-2024-23944',
  },
  {
    id: 'watch-modes',
    what: 'a one-shot, a persistent and a recursive watch of one connection on one path',
    zookeeper: 'before 3.9 the last one set replaces the others',
    conclave: 'all of them stay, and an event that fires several is sent once',
    why: 'as 3.9 (ZOOKEEPER-4466)',
  },
  {
    id: 'watcher-types',
    what: '`checkWatches` and `removeWatches` of the types 4 (persistent) and 5 (persistent recursive)',
    zookeeper: 'before 3.9 `MARSHALLING_ERROR`; types 1 and 2 mean persistent ones too',
    conclave: 'types 1 and 2 mean one-shot watches, 4 and 5 the persistent ones',
    why: 'as 3.9 (ZOOKEEPER-4471, ZOOKEEPER-4472)',
  },
  {
    id: 'watches-of-others',
    what: '`checkWatches` where only other connections watch the path',
    zookeeper: '3.8 says that there is a watch',
    conclave: '`NO_WATCHER`',
    why: 'as 3.9: the question is about the present connection alone',
  },
  {
    id: 'watches-of-any-path',
    what: '`checkWatches` of an invalid path (`a`, or an empty one), after `addWatch` of it',
    zookeeper: '`MARSHALLING_ERROR`, `NO_WATCHER`',
    conclave: 'finds the watch',
    why: 'the same answer as for every other path',
  },
  {
    id: 'missed-events',
    what: 'persistent watches that are set again (`setWatches2`)',
    zookeeper: 'do not get the events that they missed',
    conclave:
      'get all of them, in order, from a history of recent changes ([decision 13](decisions/0013-what-persistent-watches-missed.md))',
    why: 'a client that follows a subtree should not have to read it again',
  },
  {
    id: 'event-zxid',
    what: 'the zxid in the header of an event',
    zookeeper: 'before 3.9 -1, since then the transaction that fired it',
    conclave: 'the transaction that fired it',
    why: 'as 3.9 (ZOOKEEPER-4655)',
  },
  {
    id: 'create2-in-multi',
    what: 'the result of `create2` within `multi`',
    zookeeper: '3.8 answers like `create`, without the stat',
    conclave: 'the path and the stat',
    why: 'as later versions',
  },
  {
    id: 'mode-in-multi',
    what: 'a create with an unknown mode within `multi`',
    zookeeper:
      '3.8.0 answers `BAD_ARGUMENTS` for that operation; later versions answer `MARSHALLING_ERROR` for the whole request',
    conclave: '`MARSHALLING_ERROR` for the whole request',
    why: 'as later versions',
  },
  {
    id: 'servers-own-operations',
    what: 'operations for use between servers (`deleteContainer`, `createSession`), sent by a client',
    zookeeper:
      '`BAD_ARGUMENTS`, `MARSHALLING_ERROR`; `deleteContainer` works for a client that knows its record',
    conclave: '`UNIMPLEMENTED`, and the connection ends, as for every unknown operation',
    why: 'a client must not delete containers of other clients this way',
  },
  {
    id: 'null-path',
    what: 'a path of length -1',
    zookeeper: '`MARSHALLING_ERROR`',
    conclave: 'is read as an empty path',
    why: 'both refuse it; no client sends it',
  },
  {
    id: 'strict-records',
    what: 'bytes after the record; a vector with a count below -1',
    zookeeper: 'are ignored; is read as absent',
    conclave: '`MARSHALLING_ERROR`',
    why: 'a malformed record is refused, not guessed at',
  },
  {
    id: 'strict-utf8',
    what: 'text that is not UTF-8',
    zookeeper: 'becomes replacement characters, so that different paths become the same',
    conclave: '`MARSHALLING_ERROR`',
    why: 'the intended path is not known',
  },
  {
    id: 'wrong-password',
    what: 'a handshake for a session with a wrong password',
    zookeeper: 'is refused, and closes the connection that the session has',
    conclave: 'is refused, and the connection of the session stays',
    why: 'a client that knows only a session id must not cut off that session',
  },
  {
    id: 'renewal-timeout',
    what: 'another timeout in the handshake of a session that is resumed',
    zookeeper: 'is negotiated again',
    conclave: 'the session keeps its first timeout, and the handshake says so',
    why: 'the timeout is part of the replicated session and the same on every server',
  },
];
