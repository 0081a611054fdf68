import {
  ErrorNumber,
  type Identity,
  OpCode,
  type Response,
  type StatFields,
  unreachable,
  WatcherType,
} from '@conclave/protocol';
import type { Credentials, RewatchRequest, Tree } from '@conclave/tree';
import { addressText } from '../environment/remote-address.ts';
import type { ClientWatches, Watcher } from '../watches/client-watches.ts';
import type { PendingRead } from './request-queue.ts';

/** The parts of this server that local answers are made from. */
export interface AnswerServices {
  readonly replica: { readonly tree: Tree };
  readonly watches: ClientWatches;
}

/** A connection, as its answers depend on it. */
export interface Answered extends Watcher {
  /** The longest frame that the client accepts. */
  readonly answerBytesMax: number;
}

interface LocalAnswer {
  readonly error: number;
  readonly response: Response<StatFields> | undefined;
}

/** The answer to a request that this server makes from its own state, when it is the request's turn. */
export function answerHere(
  { replica, watches }: AnswerServices,
  connection: Answered,
  { request, asker }: PendingRead,
): LocalAnswer {
  switch (request.op) {
    case OpCode.sync:
      return ok({ op: OpCode.sync, path: request.path });
    case OpCode.setWatches:
    case OpCode.setWatches2:
    case OpCode.setNativeWatches:
      if (!mayRewatch(watches, connection, request)) return failed(ErrorNumber.THROTTLED_OP);
      watches.reregister(connection, request, replica.tree);
      return ok({ op: request.op });
    case OpCode.addWatch:
      if (!watches.mayAdd(connection, 1, request.path.length)) return failed(ErrorNumber.THROTTLED_OP);
      if (!watches.add(connection, request.path, request.mode)) return failed(ErrorNumber.MARSHALLING_ERROR);
      return ok({ op: request.op });
    case OpCode.checkWatches:
    case OpCode.removeWatches: {
      const { op, path, type } = request;
      if (!watcherTypes.has(type)) return failed(ErrorNumber.MARSHALLING_ERROR);
      const isFound =
        op === OpCode.checkWatches
          ? watches.has(connection, path, type)
          : watches.remove(connection, path, type);
      return isFound ? ok({ op }) : failed(ErrorNumber.NO_WATCHER);
    }
    case OpCode.auth:
      // Packets that prove nothing were refused when they came.
      return ok({ op: request.op });
    case OpCode.whoAmI:
      return ok({ op: request.op, identities: usersOf(asker.credentials) });
    case OpCode.sasl:
      // As a ZooKeeper server without SASL answers: a client that tries it goes on without.
      return ok({ op: request.op, token: null });
    case OpCode.reconfig:
      return failed(ErrorNumber.RECONFIG_DISABLED);
    case OpCode.exists:
    case OpCode.getData:
    case OpCode.getChildren:
    case OpCode.getChildren2:
    case OpCode.listChildren:
    case OpCode.lineHolder: {
      if (request.watch && !watches.mayAdd(connection, 1, request.path.length))
        return failed(ErrorNumber.THROTTLED_OP);
      const answer = replica.tree.read(request, asker, connection.answerBytesMax);
      if (request.watch) watches.leave(connection, request, answer.error);
      return answer;
    }
    case OpCode.lineStatus:
    case OpCode.getACL:
    case OpCode.getAllChildrenNumber:
    case OpCode.getEphemerals:
    case OpCode.multiRead:
      return replica.tree.read(request, asker, connection.answerBytesMax);
    default:
      return unreachable(request);
  }
}

/** The identities that `whoAmI` answers: scheme and user, never the hash of a password. */
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

function mayRewatch(watches: ClientWatches, connection: Watcher, request: RewatchRequest): boolean {
  let count = 0;
  let pathLength = 0;
  for (const paths of watchedPaths(request)) {
    count += paths.length;
    for (const path of paths) pathLength += path.length;
  }
  return watches.mayAdd(connection, count, pathLength);
}

function watchedPaths(request: RewatchRequest): readonly (readonly string[])[] {
  const { data, exist, child } = request;
  if (request.op === OpCode.setWatches) return [data, exist, child];
  const { persistent, persistentRecursive } = request;
  if (request.op === OpCode.setWatches2) return [data, exist, child, persistent, persistentRecursive];
  return [data, exist, child, persistent, persistentRecursive, request.holder];
}
