import type { Mutation } from './mutation.ts';

/** Bugs in agreement: election, discovery, synchronisation and broadcast. */
export const agreementBugs: readonly Mutation[] = [
  {
    name: 'ack-before-fsync',
    bug: 'a follower acknowledges proposals that are not on its disk yet',
    pieces: [
      {
        file: 'zab/src/following.ts',
        from: 'const { lastDurable } = this.#member.persistence;',
        to: 'const lastDurable = this.#member.history.last;',
      },
    ],
    seeds: 20,
  },
  {
    name: 'leader-counts-unwritten',
    bug: 'the leader counts its own vote before its disk has the proposal',
    pieces: [
      {
        file: 'zab/src/leading.ts',
        from: 'this.#support.ackedThrough(persistence.lastDurable)',
        to: 'this.#support.ackedThrough(this.#member.history.last)',
      },
    ],
    seeds: 60,
  },
  {
    name: 'ack-newleader-before-fsync',
    bug: 'NEWLEADER is acknowledged before the history under it is on disk (ZOOKEEPER-3911, 4646)',
    pieces: [
      {
        file: 'zab/src/following.ts',
        from: `    this.#owedAckNewLeader = { sequence, value: message.epoch };`,
        to: `    this.#owedAckNewLeader = undefined;
    void sequence;
    this.#acked = member.history.last;
    this.#send({ type: 'ack-new-leader', epoch: message.epoch, zxid: this.#acked });`,
      },
    ],
    seeds: 60,
  },
  {
    name: 'half-is-a-quorum',
    bug: 'half of the servers count as a quorum',
    pieces: [
      {
        file: 'zab/src/quorum.ts',
        from: 'return present * 2 > set.size;',
        to: 'return present * 2 >= set.size - 1;',
      },
    ],
    seeds: 20,
  },
  {
    name: 'skip-trunc',
    bug: 'a follower does not truncate entries that were never committed',
    pieces: [
      {
        file: 'zab/src/following.ts',
        from: 'if (staged.after < member.history.last) member.truncate(staged.after);',
        to: '',
      },
    ],
    seeds: 20,
  },
  {
    name: 'reuse-epoch',
    bug: 'a new leader uses the last epoch again',
    pieces: [
      {
        file: 'zab/src/discovery.ts',
        from: 'this.#epoch = accepted + 1;',
        to: 'this.#epoch = Math.max(accepted, 1);',
      },
    ],
    seeds: 20,
  },
  {
    name: 'follow-old-leader',
    bug: 'a follower still accepts messages of a former leader',
    pieces: [
      {
        file: 'zab/src/following.ts',
        from: `    if (from !== this.leader) {
      this.#member.correct(from);
      return;
    }
    this.#silentTicks = 0;
    switch`,
        to: `    switch`,
      },
    ],
    seeds: 20,
  },
  {
    name: 'promise-not-durable',
    bug: 'a follower sends its promise to a leader before the promise is on disk',
    pieces: [
      {
        file: 'zab/src/following.ts',
        from: 'if (owed === undefined || !persistence.isDurable(owed.sequence)) return;',
        to: 'if (owed === undefined) return;',
      },
    ],
    seeds: 300,
  },
  {
    name: 'oldest-candidate',
    bug: 'neither the election nor discovery requires the newest history',
    pieces: [
      {
        file: 'zab/src/ballot.ts',
        from: 'return a.currentEpoch - b.currentEpoch || a.lastZxid - b.lastZxid || aId - bId;',
        to: 'return aId - bId + 0 * (a.lastZxid - b.lastZxid);',
      },
    ],
    seeds: 60,
  },
  {
    name: 'sync-without-quorum',
    bug: 'a leader answers sync and linearizable reads without asking a quorum',
    pieces: [
      {
        file: 'zab/src/leading.ts',
        from: 'else this.#proofs.confirm(request);',
        to: 'else this.#member.outbox.confirm(request, this.#member.lastCommitted);',
      },
    ],
    seeds: 900,
    workloads: ['reads', 'sleepers'],
  },
  {
    name: 'ack-newleader-too-far',
    bug: 'the acknowledgement of NEWLEADER covers later proposals that are not on disk (ZOOKEEPER-4785)',
    pieces: [
      {
        file: 'zab/src/following.ts',
        from: 'this.#acked = persistence.lastDurable;',
        to: 'this.#acked = this.#member.history.last;',
      },
    ],
    seeds: 60,
  },
  {
    name: 'epoch-before-history',
    bug: 'the new epoch is on disk before the history that belongs to it (ZOOKEEPER-4643)',
    pieces: [
      {
        file: 'zab/src/following.ts',
        from: 'if (promised) persistence.setEpochs(message.epoch, persistence.currentEpoch);',
        to: 'if (promised) persistence.setEpochs(message.epoch, message.epoch);',
      },
    ],
    seeds: 300,
  },
  {
    name: 'hole-in-history',
    bug: 'the leader sends a follower that is far behind the entries that it still holds, with a hole before them (ZOOKEEPER-4925)',
    pieces: [
      {
        file: 'zab/src/history.ts',
        from: 'if (epoch < epochOf(this.#base)) return undefined;',
        to: 'if (epoch < epochOf(this.#base)) return this.#base;',
      },
      {
        file: 'zab/src/history.ts',
        from: 'return tail >= this.#base ? this.#base : undefined;',
        to: 'return this.#base;',
      },
      {
        file: 'zab/src/history.ts',
        from: 'if (!follows(this.#last, zxid)) throw',
        to: 'if (zxid <= this.#last) throw',
      },
      {
        file: 'zab/src/synchronisation.ts',
        from: "type: after === tails[0] ? 'diff' : 'trunc'",
        to: "type: after >= (tails[0] ?? after) ? 'diff' : 'trunc'",
      },
      {
        file: 'zab/src/following.ts',
        from: 'message.after === history.last : message.after < history.last',
        to: 'message.after >= history.last : message.after < history.last',
      },
    ],
    seeds: 20,
  },
  {
    name: 'deliver-at-newleader',
    bug: 'a follower delivers the history of a new leader before a quorum has it',
    pieces: [
      {
        file: 'zab/src/following.ts',
        from: 'this.#owedAckNewLeader = { sequence, value: message.epoch };',
        to: 'this.#owedAckNewLeader = { sequence, value: message.epoch };\n    member.commitThrough(member.history.last);',
      },
    ],
    seeds: 20,
  },
  {
    name: 'commit-old-epoch',
    bug: 'a new leader commits entries of older epochs before a quorum has them',
    pieces: [
      {
        file: 'zab/src/leading.ts',
        from: 'this.#ownNewLeader = persistence.setEpochs(this.#epoch, this.#epoch);',
        to: 'this.#ownNewLeader = persistence.setEpochs(this.#epoch, this.#epoch);\n    this.#member.commitThrough(this.#member.history.last);',
      },
    ],
    seeds: 60,
  },
];
