import type { Mutation } from './mutation.ts';

/** Of agreement: election, discovery, synchronisation, broadcast. */
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
    bug: 'half of the servers decide',
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
    bug: 'a follower does not cut back what was never committed',
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
    bug: 'a new leader takes the last epoch again',
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
    bug: 'a follower still takes what a former leader says',
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
    bug: 'a promise to a leader is given before it is on disk',
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
    bug: 'the election does not prefer the newest history, nor does discovery insist on it',
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
    bug: 'with NEWLEADER proposals are acknowledged that came behind it and are not on disk (ZOOKEEPER-4785)',
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
    bug: 'a follower that is far behind is sent what the leader still holds, with a hole before it (ZOOKEEPER-4925)',
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
    bug: 'a follower delivers what a new leader sends before a quorum has it',
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
    bug: 'a new leader commits what it finds of older epochs before a quorum has it',
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
