export {
  type Acl,
  formatZxid,
  type Identity,
  joinPath,
  type LineHolderResponse,
  type NodeKind,
  nodeKindOf,
  nodeName,
  OPEN_ACL,
  OpCode,
  Permission,
  parentPath,
  pathProblem,
  type Stat,
  type Zxid,
} from '@conclave/protocol';
export { CREATOR_ACL, digestId, READ_ACL } from './acl.ts';
export type { ServerAddress } from './addresses.ts';
export type { BackoffOptions } from './backoff.ts';
export type { PageOptions } from './child-pages.ts';
export type {
  Answered,
  Client,
  Command,
  CommandOptions,
  Consistency,
  Created,
  CreateOptions,
  EventOptions,
  FollowOptions,
  LineHolderQuery,
  LookOptions,
  NodeAcl,
  NodeChildren,
  NodeContent,
  ReadOptions,
  SessionView,
  SignalOptions,
  WriteOptions,
} from './client.ts';
export type { ClientState } from './client-state.ts';
export type { AuthCredential, ConnectOptions } from './connect.ts';
export { CONFIG_PATH, type EnsembleConfig, type EnsembleMember } from './ensemble-config.ts';
export type { ByteStream, ClientEnvironment, StreamHandlers, TimerHandle } from './environment.ts';
export {
  type ClientErrorCode,
  ConclaveError,
  type ConclaveErrorCode,
  type ConclaveErrorDetails,
  isConclaveError,
} from './errors.ts';
export type { EventWatch } from './event-watch.ts';
export { type FencingGuard, type FencingToken, toFencingToken } from './fencing-token.ts';
export type { Grant, GrantCallback } from './grants.ts';
export type { HeartbeatLink, HeartbeatOptions, LivenessPolicy } from './heartbeat.ts';
export type { Logger } from './logger.ts';
export { MultiError, type MultiOperation, type MultiResult } from './multi.ts';
export type { MultiRead, MultiReadResult } from './multi-read.ts';
export type { CreateMode, NodeData } from './node-data.ts';
export type { NodeWatch } from './node-watch.ts';
export type { ResponseTo } from './response-to.ts';
export type { TreeEvent } from './tree-event.ts';
export type { ChangeEvent, WatchEvent, WatchEventType, WatchKind } from './watch-event.ts';
