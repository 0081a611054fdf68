import type { Zxid } from '@conclave/protocol';
import type { CheckpointRow } from './checkpoint.ts';
import { CheckpointError } from './checkpoint-error.ts';
import type { Namespace } from './namespace.ts';
import { isOfSession } from './node-owner.ts';
import { decodeMeta, decodeSession, decodeZnode, META_KEY, type Meta } from './row-codec.ts';
import { SESSION_KEY } from './session.ts';
import type { Sessions } from './sessions.ts';
import { ZNODE_KEY } from './znode.ts';

/** Builds the state from the rows of a checkpoint, and everything that is derived from it. */
export class CheckpointLoader {
  readonly #namespace: Namespace;
  readonly #sessions: Sessions;
  #meta: Meta | undefined;

  constructor(namespace: Namespace, sessions: Sessions) {
    this.#namespace = namespace;
    this.#sessions = sessions;
  }

  add(rows: Iterable<CheckpointRow>): void {
    for (const { key, value } of rows) {
      if (value === undefined) throw new CheckpointError('BAD_ROW', `row ${key} has no value`, key);
      try {
        this.#addRow(key, value);
      } catch (cause) {
        if (cause instanceof CheckpointError) throw cause;
        throw new CheckpointError('BAD_ROW', `row ${key} cannot be read`, key, { cause });
      }
    }
  }

  finish(zxid: Zxid, digest: () => string): void {
    const meta = this.#meta;
    if (meta === undefined)
      throw new CheckpointError('META_MISSING', 'the checkpoint has no meta row', META_KEY);
    if (meta.zxid !== zxid) {
      throw new CheckpointError('ZXID_MISMATCH', `the checkpoint is at zxid ${meta.zxid}, not at ${zxid}`);
    }
    const namespace = this.#namespace;
    if (namespace.size !== meta.nodeCount || this.#sessions.size !== meta.sessionCount) {
      const found = `${namespace.size} znodes and ${this.#sessions.size} sessions`;
      const saved = `${meta.nodeCount} and ${meta.sessionCount}`;
      throw new CheckpointError('INCOMPLETE', `the checkpoint has ${found}, but it was saved with ${saved}`);
    }
    const orphan = namespace.attachRestored();
    if (orphan !== undefined) {
      throw new CheckpointError('INCOMPLETE', `znode ${orphan} has no parent`, ZNODE_KEY + orphan);
    }
    this.#giveEphemerals();
    const loaded = digest();
    if (loaded !== meta.digest) {
      throw new CheckpointError(
        'DIGEST_MISMATCH',
        `the digest is ${loaded}, but it was saved as ${meta.digest}`,
      );
    }
  }

  #addRow(key: string, value: Uint8Array): void {
    if (key === META_KEY) {
      this.#meta = decodeMeta(value);
    } else if (key.startsWith(ZNODE_KEY)) {
      const { node, data } = decodeZnode(key, value, (list) => this.#namespace.acquireAcl(list));
      this.#namespace.restore(node, data);
    } else if (key.startsWith(SESSION_KEY)) {
      const session = decodeSession(key, value);
      if (this.#sessions.find(session.id) !== undefined) {
        throw new CheckpointError('BAD_ROW', `session ${session.id} occurs twice`, key);
      }
      this.#sessions.restore(session);
    } else {
      throw new CheckpointError('BAD_ROW', `row ${key} has an unknown kind`, key);
    }
  }

  #giveEphemerals(): void {
    for (const node of this.#namespace.nodes()) {
      if (!isOfSession(node.owner)) continue;
      const owner = this.#sessions.ownerOf(node);
      if (owner === undefined) {
        throw new CheckpointError('INCOMPLETE', `the session of ${node.path} is missing`, node.rowKey());
      }
      owner.ephemerals ??= new Set();
      owner.ephemerals.add(node.path);
    }
  }
}
