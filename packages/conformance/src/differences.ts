/** Where Conclave means to answer otherwise than the ZooKeeper that the cases were recorded from (3.8.0). */
export interface MeantDifference {
  /** As the scripts name it. */
  readonly id: string;
  readonly what: string;
  readonly zookeeper: string;
  readonly conclave: string;
  readonly why: string;
}

/** Each is a row of `docs/zookeeper-differences.md`, and each is met by a case. */
export const differences: readonly MeantDifference[] = [
  {
    id: 'exists-needs-read',
    what: '`exists` of a node that one may not read',
    zookeeper: '3.8.0 tells its stat; since 3.8.4 and 3.9.2 `NO_AUTH`',
    conclave: '`NO_AUTH`',
    why: 'as later versions: CVE-2024-23944',
  },
  {
    id: 'watch-modes',
    what: 'a one-shot, a persistent and a recursive watch of one connection on one path',
    zookeeper: 'before 3.9 the last one set takes the place of the others',
    conclave: 'they stand beside one another; the one event is sent once',
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
    why: 'as 3.9: the question is about the own connection',
  },
  {
    id: 'watches-of-any-path',
    what: '`checkWatches` of a path that is none (`a`, or nothing at all), after `addWatch` of it',
    zookeeper: '`MARSHALLING_ERROR`, `NO_WATCHER`',
    conclave: 'finds the watch',
    why: 'the same answer as for every other path',
  },
  {
    id: 'told-what-was-missed',
    what: 'persistent watches that are set again (`setWatches2`)',
    zookeeper: 'are told nothing of what they missed',
    conclave:
      'are told all of it, in order, out of a history of late changes ([decision 13](decisions/0013-what-persistent-watches-missed.md))',
    why: 'who follows a subtree should not have to read it again',
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
    what: 'a create of a mode that is not there within `multi`',
    zookeeper: '3.8.0 `BAD_ARGUMENTS` in its place; later versions `MARSHALLING_ERROR` for the whole',
    conclave: '`MARSHALLING_ERROR` for the whole',
    why: 'as later versions',
  },
  {
    id: 'servers-own-operations',
    what: 'operations that servers keep to themselves (`deleteContainer`, `createSession`), sent by a client',
    zookeeper: '`BAD_ARGUMENTS`, `MARSHALLING_ERROR`; `deleteContainer` is done for whoever knows its record',
    conclave: '`UNIMPLEMENTED`, and the connection ends, as for every unknown operation',
    why: 'no client may take a container of others away',
  },
  {
    id: 'null-path',
    what: 'a path of length -1',
    zookeeper: '`MARSHALLING_ERROR`',
    conclave: 'is read as the empty path',
    why: 'both refuse it; no client sends it',
  },
  {
    id: 'strict-records',
    what: 'bytes behind the record; a vector of a count below -1',
    zookeeper: 'are passed over; is read as absent',
    conclave: '`MARSHALLING_ERROR`',
    why: 'a record that is not what was announced is not guessed at',
  },
  {
    id: 'strict-utf8',
    what: 'text that is not UTF-8',
    zookeeper: 'becomes replacement characters, so that different paths become one',
    conclave: '`MARSHALLING_ERROR`',
    why: 'the path that was meant is not known',
  },
  {
    id: 'wrong-password',
    what: 'a handshake for a session with a wrong password',
    zookeeper: 'is refused, and closes the connection that the session has',
    conclave: 'is refused, and nobody else hears of it',
    why: 'who knows no more than an id must not cut others off',
  },
  {
    id: 'renewal-timeout',
    what: 'another timeout in the handshake of a session that is resumed',
    zookeeper: 'is negotiated anew',
    conclave: 'the session keeps the timeout that it began with, and is told so',
    why: 'the timeout is part of the replicated session, and the same on every server',
  },
];
