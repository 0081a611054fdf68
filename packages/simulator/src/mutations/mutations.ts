import type { Mutation } from './mutation.ts';

/** Bugs that others have had, or that anybody might: the simulator must find each of them. */
export const mutations: readonly Mutation[] = [
  {
    name: 'ack-before-fsync',
    tells: 'a follower acknowledges proposals that are not on its disk yet',
    file: 'zab/src/following.ts',
    from: 'const { lastDurable } = this.#member.persistence;',
    to: 'const lastDurable = this.#member.history.last;',
    seeds: 20,
  },
  {
    name: 'leader-counts-unwritten',
    tells: 'the leader counts its own vote before its disk has the proposal',
    file: 'zab/src/leading.ts',
    from: 'const acked: number[] = [persistence.lastDurable];',
    to: 'const acked: number[] = [this.#member.history.last];',
    seeds: 20,
  },
  {
    name: 'ack-newleader-before-fsync',
    tells:
      'NEWLEADER is acknowledged before the history under it is on disk (ZOOKEEPER-3911, 4643, 4646, 4785, 4925)',
    file: 'zab/src/following.ts',
    from: `    this.#owedAckNewLeader = { sequence, value: message.epoch };`,
    to: `    this.#owedAckNewLeader = undefined;
    void sequence;
    this.#acked = member.history.last;
    this.#send({ type: 'ack-new-leader', epoch: message.epoch, zxid: this.#acked });`,
    seeds: 100,
  },
  {
    name: 'half-is-a-quorum',
    tells: 'half of the servers decide',
    file: 'zab/src/quorum.ts',
    from: 'return present * 2 > set.size;',
    to: 'return present * 2 >= set.size - 1;',
    seeds: 100,
  },
  {
    name: 'skip-trunc',
    tells: 'a follower does not cut back what was never committed',
    file: 'zab/src/following.ts',
    from: 'if (staged.after < member.history.last) member.truncate(staged.after);',
    to: '',
    seeds: 100,
  },
  {
    name: 'reuse-epoch',
    tells: 'a new leader takes the last epoch again',
    file: 'zab/src/discovery.ts',
    from: 'this.#epoch = accepted + 1;',
    to: 'this.#epoch = Math.max(accepted, 1);',
    seeds: 100,
  },
  {
    name: 'follow-old-leader',
    tells: 'a follower still takes what a former leader says',
    file: 'zab/src/following.ts',
    from: `    if (from !== this.leader) {
      this.#member.correct(from);
      return;
    }
    this.#silentTicks = 0;
    switch`,
    to: `    switch`,
    seeds: 300,
  },
  {
    name: 'promise-not-durable',
    tells: 'a promise to a leader is given before it is on disk',
    file: 'zab/src/following.ts',
    from: 'if (owed === undefined || !persistence.isDurable(owed.sequence)) return;',
    to: 'if (owed === undefined) return;',
    seeds: 300,
  },
  {
    name: 'oldest-candidate',
    tells: 'the election does not prefer the newest history, nor does discovery insist on it',
    file: 'zab/src/ballot.ts',
    from: 'return a.currentEpoch - b.currentEpoch || a.lastZxid - b.lastZxid || aId - bId;',
    to: 'return aId - bId + 0 * (a.lastZxid - b.lastZxid);',
    seeds: 100,
  },
  {
    name: 'sync-without-quorum',
    tells: 'a leader answers sync and linearizable reads without asking a quorum',
    file: 'zab/src/leading.ts',
    from: 'else this.#confirmations.add(request, this.#member.lastCommitted);',
    to: 'else this.#member.outbox.confirm(request, this.#member.lastCommitted);',
    seeds: 100,
  },
  {
    name: 'local-reads',
    tells: 'linearizable reads are answered at once, from what the server has',
    file: 'server/src/request-intake.ts',
    from: 'if ((header.flags & RequestFlag.linearizable) === 0)',
    to: 'if (RequestFlag.linearizable !== undefined)',
    seeds: 50,
  },
  {
    name: 'watch-after-reply',
    tells: 'watches fire after the reply that reveals the change',
    file: 'server/src/client-hub.ts',
    from: `    if (this.#watches.count > 0) {
      const fire = this.#fire(applied.zxid);
      for (const change of applied.changes) this.#watches.trigger(change, fire);
    }`,
    to: `    if (this.#watches.count > 0) {
      const fire = this.#fire(applied.zxid);
      this.after(5, () => {
        for (const change of applied.changes) this.#watches.trigger(change, fire);
        this.schedule();
      });
    }`,
    seeds: 20,
  },
  {
    name: 'forget-timeouts',
    tells: 'a new leader does not watch over the sessions that it found',
    file: 'server/src/leader-desk.ts',
    from: 'for (const session of tree.sessions()) this.#tracker.track(session.id, session.timeoutMs, nowMs);',
    to: '',
    seeds: 100,
  },
  {
    name: 'expire-early',
    tells: 'the leader ends sessions after half of their timeout',
    file: 'server/src/session-tracker.ts',
    from: 'return Math.ceil((nowMs + timeoutMs + this.#slackMs) / BUCKET_MS) + 1;',
    to: 'return Math.ceil((nowMs + timeoutMs / 2) / BUCKET_MS) + 1;',
    seeds: 100,
  },
  {
    name: 'believe-too-long',
    tells: 'the client takes its session for alive longer than the ensemble keeps it',
    file: 'client/src/liveness.ts',
    from: 'const MARGIN = 0.1;',
    to: 'const MARGIN = -1;',
    seeds: 300,
  },
  {
    name: 'no-memory-of-answers',
    tells: 'a request that was sent again is done again',
    file: 'tree/src/tree.ts',
    from: 'if (xid <= session.answers.lastXid) {',
    to: 'if (xid < 0) {',
    seeds: 100,
  },
  {
    name: 'new-number-for-retry',
    tells: 'the client gives a request that it sends again another number',
    file: 'client/src/pipeline.ts',
    from: 'const xid = call.xid === 0 ? this.takeXid(native) : call.xid;',
    to: 'const xid = this.takeXid(native);',
    seeds: 100,
  },
  {
    name: 'old-state-welcome',
    tells: 'a server takes in a client that has seen more than it has, and need not catch up',
    file: 'server/src/arrivals.ts',
    from: `      replica.revalidate(request, sessionId, handshake.password);`,
    to: `      if (known) {
        this.#asked.delete(request);
        this.#options.onAdmitted(connection, session, replica.tree.lastZxid);
      } else replica.revalidate(request, sessionId, handshake.password);`,
    seeds: 300,
  },
  {
    name: 'fence-open',
    tells: 'fenced writes are not refused when the grant is over',
    file: 'tree/src/tree.ts',
    from: 'if (!isCurrentGrant(this.#namespace, command.path, command.token)) return ErrorNumber.GRANT_OVER;',
    to: '',
    seeds: 300,
  },
  {
    name: 'ghost-contender',
    tells: 'a session that has expired keeps its place in line, and is granted the lock',
    file: 'tree/src/sessions.ts',
    from: 'if (node !== undefined) namespace.remove(node, session);',
    to: 'if (node !== undefined && node.contender === undefined) namespace.remove(node, session);',
    seeds: 100,
  },
  {
    name: 'ephemerals-stay',
    tells: 'a session that ends leaves some of its ephemerals behind',
    file: 'tree/src/sessions.ts',
    from: 'for (const path of [...(session.ephemerals ?? [])].sort()) {',
    to: 'for (const path of [...(session.ephemerals ?? [])].sort().slice(0, 2)) {',
    seeds: 100,
  },
  {
    name: 'early-barrier',
    tells: 'a double barrier opens one participant too early',
    file: 'tree/src/barrier-operations.ts',
    from: 'present >= parties) {',
    to: 'present >= parties - 1) {',
    seeds: 50,
  },
  {
    name: 'risen-from-graves',
    tells: 'a checkpoint does not say what was deleted',
    file: 'tree/src/checkpoint.ts',
    from: 'if (row.bornIn !== this.#generation) this.#graves.add(row.rowKey());',
    to: '',
    seeds: 100,
  },
  {
    name: 'snapshot-beside-tree',
    tells: 'the state is not taken over from an installed snapshot',
    file: 'server/src/replica.ts',
    from: '    this.#replaceTree(tree);\n    this.#step',
    to: '    void tree;\n    this.#step',
    seeds: 300,
  },
];
