import type { Mutation } from './mutation.ts';

/** Bugs in the layers above agreement: the state, sessions, watches, the SDK and its recipes. */
export const serviceBugs: readonly Mutation[] = [
  {
    name: 'local-reads',
    bug: 'a server answers linearizable reads at once, from its own state',
    pieces: [
      {
        file: 'server/src/requests/request-intake.ts',
        from: 'if ((header.flags & RequestFlag.linearizable) === 0)',
        to: 'if (RequestFlag.linearizable !== undefined)',
      },
    ],
    seeds: 20,
  },
  {
    name: 'watch-after-reply',
    bug: 'watches fire after the reply that reveals the change',
    pieces: [
      {
        file: 'server/src/clients/client-hub.ts',
        from: '    this.watches.applied(applied);',
        to: `    this.#services.clock.after(5, () => {
      this.watches.applied(applied);
      this.#services.turn.schedule();
    });`,
      },
    ],
    seeds: 20,
  },
  {
    name: 'forget-timeouts',
    bug: 'a new leader does not expire the sessions that it found',
    pieces: [
      {
        file: 'server/src/replica/session-owners.ts',
        from: 'for (const session of tree.sessions()) this.#tracker.track(session.id, session.timeoutMs, nowMs);',
        to: '',
      },
    ],
    seeds: 20,
  },
  {
    name: 'expire-early',
    bug: 'the leader expires sessions after half of their timeout',
    pieces: [
      {
        file: 'server/src/replica/session-tracker.ts',
        from: 'return Math.ceil((nowMs + timeoutMs + this.#slackMs) / BUCKET_MS) + 1;',
        to: 'return Math.ceil((nowMs + timeoutMs / 2) / BUCKET_MS) + 1;',
      },
    ],
    seeds: 60,
  },
  {
    name: 'believe-too-long',
    bug: 'the client believes in its session for longer than the ensemble keeps it',
    pieces: [
      { file: 'client/src/session/liveness.ts', from: 'const MARGIN = 0.1;', to: 'const MARGIN = -1;' },
    ],
    seeds: 900,
  },
  {
    name: 'no-memory-of-answers',
    bug: 'a request that was sent again takes effect again',
    pieces: [
      { file: 'tree/src/tree.ts', from: 'if (xid <= session.answers.lastXid) {', to: 'if (xid < 0) {' },
    ],
    seeds: 20,
  },
  {
    name: 'new-number-for-retry',
    bug: 'the client gives a repeated request a new number',
    pieces: [
      {
        file: 'client/src/session/pipeline.ts',
        from: 'const xid = call.xid === 0 ? this.takeXid(native) : call.xid;',
        to: 'const xid = this.takeXid(native);',
      },
    ],
    seeds: 20,
  },
  {
    name: 'old-state-welcome',
    bug: 'a server accepts a client that has seen newer state, and does not catch up first',
    pieces: [
      {
        file: 'server/src/clients/arrivals.ts',
        from: '      replica.revalidate(request, sessionId, handshake.password);',
        to: `      if (known) {
        this.#asked.delete(request);
        this.#options.onAdmitted(connection, session, replica.tree.lastZxid);
      } else replica.revalidate(request, sessionId, handshake.password);`,
      },
    ],
    seeds: 300,
  },
  {
    name: 'fence-open',
    bug: 'fenced writes are not refused after the grant has ended',
    pieces: [
      {
        file: 'tree/src/tree.ts',
        from: 'if (refusal !== ErrorNumber.OK) return refusal;',
        to: '',
      },
    ],
    seeds: 20,
  },
  {
    name: 'ghost-contender',
    bug: 'an expired session keeps its place in line and is granted the lock',
    pieces: [
      {
        file: 'tree/src/sessions.ts',
        from: 'if (node !== undefined && namespace.canRemove(node, session)) namespace.remove(node, session);',
        to: 'if (node !== undefined && node.contender === undefined) namespace.remove(node, session);',
      },
    ],
    seeds: 20,
  },
  {
    name: 'ephemerals-stay',
    bug: 'some ephemerals of a session stay when it ends',
    pieces: [
      {
        file: 'tree/src/sessions.ts',
        from: 'for (const path of [...(session.ephemerals ?? [])].sort()) {',
        to: 'for (const path of [...(session.ephemerals ?? [])].sort().slice(0, 2)) {',
      },
    ],
    seeds: 20,
  },
  {
    name: 'early-barrier',
    bug: 'a double barrier opens one participant too early',
    pieces: [
      {
        file: 'tree/src/barrier-operations.ts',
        from: 'present >= parties ?',
        to: 'present >= parties - 1 ?',
      },
    ],
    seeds: 20,
  },
  {
    name: 'risen-from-graves',
    bug: 'a checkpoint does not remove deleted nodes',
    pieces: [
      {
        file: 'tree/src/checkpoint.ts',
        from: 'if (row.bornIn !== this.#generation) this.#graves.add(row.rowKey());',
        to: '',
      },
    ],
    seeds: 20,
  },
  {
    name: 'snapshot-beside-tree',
    bug: 'the server does not take over the state of an installed snapshot',
    pieces: [
      {
        file: 'server/src/replica/replica.ts',
        from: 'this.#replaceTree(installed);',
        to: 'void installed;',
      },
    ],
    seeds: 20,
  },
  {
    name: 'no-grace',
    bug: 'a new leader does not give the sessions that it finds a whole timeout',
    pieces: [
      {
        file: 'server/src/replica/session-owners.ts',
        from: 'this.#tracker.track(session.id, session.timeoutMs, nowMs);',
        to: 'this.#tracker.track(session.id, 0, nowMs);',
      },
    ],
    seeds: 60,
  },
  {
    name: 'half-a-multi',
    bug: 'a failed transaction keeps the changes that it made before it failed',
    pieces: [
      {
        file: 'tree/src/multi.ts',
        from: 'if (error !== ErrorNumber.OK) return failedResults(operations.length, i, error);',
        to: `if (error !== ErrorNumber.OK) {
      for (const done of operations.slice(0, i)) applyOperation(namespace, sessions, requester, done);
      return failedResults(operations.length, i, error);
    }`,
      },
    ],
    seeds: 20,
  },
  {
    name: 'numbers-come-again',
    bug: 'sequential nodes are numbered by the count of children',
    pieces: [
      {
        file: 'tree/src/node-checks.ts',
        from: 'formatSequence(parent.childCreates)',
        to: 'formatSequence(parent.childCount)',
      },
    ],
    seeds: 20,
  },
  {
    name: 'stale-removal',
    bug: 'a container that was due is removed although it has a new child',
    pieces: [
      {
        file: 'tree/src/node-operations.ts',
        from: 'if (node.childCount > 0) return ErrorNumber.NOT_EMPTY;\n  if (!isExpiring',
        to: 'if (!isExpiring',
      },
    ],
    seeds: 60,
  },
  {
    name: 'deathless',
    bug: 'containers and nodes with a time to live are never removed if they come from a checkpoint',
    pieces: [
      {
        file: 'tree/src/namespace.ts',
        from: 'if (isExpiring(node.owner) && node.childCount === 0) this.expiry.emptied(node, 0);',
        to: '',
      },
    ],
    seeds: 60,
  },
  {
    name: 'quota-forgets-departures',
    bug: 'a quota does not subtract removed nodes',
    pieces: [{ file: 'tree/src/namespace.ts', from: 'this.#quotas.count(path, -1, -bytes);', to: '' }],
    seeds: 20,
  },
  {
    name: 'quota-in-parts',
    bug: 'a quota judges each node of a transaction as if it were the only one',
    pieces: [
      {
        file: 'tree/src/multi.ts',
        from: 'const allNodes = nodes === 0 ? 0 : used.nodes + nodes;',
        to: 'const allNodes = nodes;',
      },
    ],
    seeds: 20,
  },
  {
    name: 'watches-forgotten',
    bug: 'the client does not set its watches again at another server',
    pieces: [
      {
        file: 'client/src/watches/session-watches.ts',
        from: '...this.oneShot.rearm(this.#completeZxid, native)',
        to: '...this.oneShot.rearm(this.#completeZxid, native).slice(0, 0)',
      },
    ],
    seeds: 20,
  },
  {
    name: 'silent-return',
    bug: 'a server sets the persistent watches of a reconnecting client, but does not report the changes that they missed',
    pieces: [
      {
        file: 'tree/src/watches/reregister.ts',
        from: 'replay(history, relativeZxid, request)',
        to: 'replay(history, relativeZxid, request).slice(0, 0)',
      },
    ],
    seeds: 60,
  },
  {
    name: 'told-again',
    bug: 'the client does not recognise a change that the next server reports again',
    pieces: [
      {
        file: 'client/src/watches/event-watches.ts',
        from: '    this.#repetitions = [...this.#delivered];',
        to: '    this.#repetitions = [];',
      },
    ],
    seeds: 20,
  },
  {
    name: 'gate-open',
    bug: 'a guarded resource admits former holders, without fencing',
    pieces: [
      {
        file: 'recipes/src/fencing-gate.ts',
        from: 'if (this.#highest !== undefined && admitted < this.#highest)',
        to: 'if (this.#highest !== undefined && admitted < 0)',
      },
    ],
    seeds: 20,
  },
  {
    name: 'hold-on',
    bug: 'the client believes that it holds a lock after its session has ended',
    pieces: [
      {
        file: 'recipes/src/holding.ts',
        from: 'if (session.aborted) this.#end(() => session.reason);',
        to: '',
      },
      {
        file: 'recipes/src/holding.ts',
        from: 'onSessionEnd(client, (reason) => this.#end(() => reason)),',
        to: '',
      },
    ],
    seeds: 300,
  },
  {
    name: 'cversion-stays',
    bug: "a node's cversion does not count the deletions of children",
    pieces: [
      {
        file: 'tree/src/znode.ts',
        from: 'cversion: (this.childCreates * 2 - numChildren) | 0,',
        to: 'cversion: this.childCreates,',
      },
    ],
    seeds: 20,
  },
  {
    name: 'write-for-all',
    bug: 'the server does not check ACLs for writes and for setting ACLs',
    pieces: [
      {
        file: 'tree/src/node-checks.ts',
        from: 'return node.acl.permits(permission, credentials) ? node : ErrorNumber.NO_AUTH;',
        to: 'return node;',
      },
    ],
    seeds: 60,
  },
  {
    name: 'read-for-all',
    bug: 'the server does not check ACLs for reads',
    pieces: [
      {
        file: 'tree/src/reads.ts',
        from: 'return node.acl.permits(Permission.read, credentials) ? node : ErrorNumber.NO_AUTH;',
        to: 'return node;',
      },
    ],
    seeds: 60,
  },
  {
    name: 'create-for-all',
    bug: "a create does not check its parent's ACL",
    pieces: [
      {
        file: 'tree/src/node-checks.ts',
        from: 'if (!parent.acl.permits(Permission.create, credentials)) return ErrorNumber.NO_AUTH;',
        to: '',
      },
    ],
    seeds: 60,
  },
  {
    name: 'multi-for-all',
    bug: 'the server does not check ACLs for the operations of a transaction',
    pieces: [
      {
        file: 'tree/src/multi.ts',
        from: '  const operations = request.operations.map(asZooKeeperTakesIt);',
        to: `  const operations = request.operations.map(asZooKeeperTakesIt);
  const { address, identities } = requester.credentials;
  requester = { ...requester, credentials: { address, identities: [...identities, { scheme: 'super', id: '' }] } };`,
      },
    ],
    seeds: 60,
  },
  {
    name: 'acl-not-in-checkpoint',
    bug: 'a checkpoint does not contain ACLs',
    pieces: [
      {
        file: 'tree/src/row-codec.ts',
        from: 'const isOpen = isOpenAcl(list);',
        to: 'const isOpen = isOpenAcl(list) || isOpenAcl(OPEN_ACL);',
      },
    ],
    seeds: 20,
  },
  {
    name: 'always-gap',
    bug: 'a server reports a gap to every reconnecting client, in place of the missed changes',
    pieces: [
      {
        file: 'tree/src/watches/reregister.ts',
        from: 'if (relativeZxid >= history.floor) {',
        to: 'if (relativeZxid > tree.lastZxid) {',
      },
    ],
    seeds: 20,
  },
];
