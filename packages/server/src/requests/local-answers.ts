import {
  ErrorNumber,
  type Identity,
  OpCode,
  type Response,
  type StatFields,
  WatcherType,
} from '@conclave/protocol';
import type { Credentials, RewatchRequest } from '@conclave/tree';
import type { ClientConnection } from '../clients/client-connection.ts';
import type { ClientHub } from '../clients/client-hub.ts';
import { addressText } from '../environment/remote-address.ts';
import type { PendingRead } from './request-queue.ts';

interface LocalAnswer {
  readonly error: number;
  readonly response: Response<StatFields> | undefined;
}

/** The answer to a request that this server answers from what it has, at the moment of its turn. */
export function answerHere(
  hub: ClientHub,
  connection: ClientConnection,
  { request, asker }: PendingRead,
): LocalAnswer {
  switch (request.op) {
    case OpCode.sync:
      return ok({ op: OpCode.sync, path: request.path });
    case OpCode.setWatches:
    case OpCode.setWatches2:
    case OpCode.setNativeWatches:
      if (!mayRewatch(hub, connection, request)) return failed(ErrorNumber.THROTTLED_OP);
      hub.watches.reregister(connection, request, hub.tree);
      return ok({ op: request.op });
    case OpCode.addWatch:
      if (!hub.mayWatch(connection, 1, request.path.length)) return failed(ErrorNumber.THROTTLED_OP);
      if (!hub.watches.add(connection, request.path, request.mode))
        return failed(ErrorNumber.MARSHALLING_ERROR);
      return ok({ op: request.op });
    case OpCode.checkWatches:
    case OpCode.removeWatches: {
      const { op, path, type } = request;
      if (!watcherTypes.has(type)) return failed(ErrorNumber.MARSHALLING_ERROR);
      const isFound =
        op === OpCode.checkWatches
          ? hub.watches.has(connection, path, type)
          : hub.watches.remove(connection, path, type);
      return isFound ? ok({ op }) : failed(ErrorNumber.NO_WATCHER);
    }
    case OpCode.auth:
      // Those that prove nothing were refused when they came.
      return ok({ op: request.op });
    case OpCode.whoAmI:
      return ok({ op: request.op, identities: usersOf(asker.credentials) });
    case OpCode.sasl:
      // As a ZooKeeper without SASL: a client that tries it goes on without.
      return ok({ op: request.op, token: null });
    case OpCode.reconfig:
      return failed(ErrorNumber.RECONFIG_DISABLED);
    case OpCode.exists:
    case OpCode.getData:
    case OpCode.getChildren:
    case OpCode.getChildren2:
    case OpCode.listChildren:
    case OpCode.lineHolder: {
      if (request.watch && !hub.mayWatch(connection, 1, request.path.length))
        return failed(ErrorNumber.THROTTLED_OP);
      const answer = hub.tree.read(request, asker, connection.answerBytesMax);
      if (request.watch) hub.watches.leave(connection, request, answer.error);
      return answer;
    }
    case OpCode.lineStatus:
    case OpCode.getACL:
    case OpCode.getAllChildrenNumber:
    case OpCode.getEphemerals:
    case OpCode.multiRead:
      return hub.tree.read(request, asker, connection.answerBytesMax);
    default:
      return request satisfies never;
  }
}

/** What `whoAmI` answers: scheme and user, never the hash of a password. */
export function usersOf({ address, identities }: Credentials): Identity[] {
  const users: Identity[] = address === undefined ? [] : [{ scheme: 'ip', id: addressText(address) }];
  for (const { scheme, id } of identities) users.push({ scheme, id: id.split(':', 1)[0] ?? '' });
  return users;
}

function ok(response: Response<StatFields>): LocalAnswer {
  return { error: ErrorNumber.OK, response };
}

function failed(error: number): LocalAnswer {
  return { error, response: undefined };
}

const watcherTypes: ReadonlySet<number> = new Set(Object.values(WatcherType));

function mayRewatch(hub: ClientHub, connection: ClientConnection, request: RewatchRequest): boolean {
  let count = 0;
  let pathLength = 0;
  for (const paths of watchedPaths(request)) {
    count += paths.length;
    for (const path of paths) pathLength += path.length;
  }
  return hub.mayWatch(connection, count, pathLength);
}

function watchedPaths(request: RewatchRequest): readonly (readonly string[])[] {
  const { data, exist, child } = request;
  if (request.op === OpCode.setWatches) return [data, exist, child];
  const { persistent, persistentRecursive } = request;
  if (request.op === OpCode.setWatches2) return [data, exist, child, persistent, persistentRecursive];
  return [data, exist, child, persistent, persistentRecursive, request.holder];
}
