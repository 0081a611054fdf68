import {
  CreateFlag,
  type CreateRequest,
  type CreateTtlRequest,
  type Identity,
  OPEN_ACL,
  OpCode,
} from '@conclave/protocol';
import { resolvedAcl } from './acl.ts';
import type { NewNode } from './znode-history.ts';

/** Returns the node that a client has asked for. */
export function askedNode(
  create: CreateRequest | CreateTtlRequest,
  sessionId: number,
  identities: readonly Identity[],
): NewNode {
  const { data, acl } = create;
  return { data, acl: resolvedAcl(acl, identities), owner: ownerOf(create, sessionId), contends: false };
}

/** Returns the node that a server creates for a command that only Conclave has. */
export function ownNode(data: Uint8Array | null, owner: number, contends = false): NewNode {
  return { data, owner, contends, acl: OPEN_ACL };
}

/** Returns the owner as in `ModelNode`. */
function ownerOf(create: CreateRequest | CreateTtlRequest, sessionId: number): number {
  if (create.op === OpCode.createContainer) return -1;
  if (create.op === OpCode.createTTL) return -1 - create.ttl;
  return isEphemeral(create.flags) ? sessionId : 0;
}

function isEphemeral(flags: number): boolean {
  return flags === CreateFlag.ephemeral || flags === CreateFlag.ephemeralSequential;
}

export function isSequential(flags: number): boolean {
  return flags === CreateFlag.persistentSequential || flags === CreateFlag.ephemeralSequential;
}
