export {
  type Acl,
  CONFIG_PATH,
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
  VERSION,
  type Zxid,
} from '@conclave/protocol';
export type { Client, SessionView } from './client.ts';
export type { AuthCredential, ConnectOptions } from './connect.ts';
export type { BackoffOptions } from './connection/backoff.ts';
export type { ServerAddress } from './environment/addresses.ts';
export type {
  ByteStream,
  ClientEnvironment,
  StreamHandlers,
  TimerHandle,
} from './environment/environment.ts';
export type { HeartbeatLink, HeartbeatOptions, LivenessPolicy } from './environment/heartbeat.ts';
export {
  type ClientErrorCode,
  ConclaveError,
  type ConclaveErrorCode,
  type ConclaveErrorDetails,
  isConclaveError,
} from './errors.ts';
export type { Logger } from './logger.ts';
export { CREATOR_ACL, digestId, READ_ACL } from './operations/acl.ts';
export type { Answered, Command, LineHolderQuery } from './operations/command.ts';
export type { EnsembleConfig, EnsembleMember } from './operations/ensemble-config.ts';
export { type FencingGuard, type FencingToken, toFencingToken } from './operations/fencing-token.ts';
export { MultiError, type MultiOperation, type MultiResult } from './operations/multi.ts';
export type { MultiRead, MultiReadResult } from './operations/multi-read.ts';
export type { CreateMode, NodeData } from './operations/node-data.ts';
export type {
  CommandOptions,
  Consistency,
  CreateOptions,
  EventOptions,
  FollowOptions,
  LookOptions,
  PageOptions,
  ReadOptions,
  SignalOptions,
  WriteOptions,
} from './operations/options.ts';
export type { Created, NodeAcl, NodeChildren, NodeContent } from './operations/results.ts';
export type { ResponseTo } from './response-to.ts';
export type { ClientState } from './session/client-state.ts';
export type { Grant, GrantCallback } from './session/grants.ts';
export type { EventWatch } from './watches/event-watch.ts';
export type { NodeWatch } from './watches/node-watch.ts';
export type { TreeEvent } from './watches/tree-event.ts';
export type { ChangeEvent, WatchEvent, WatchEventType, WatchKind } from './watches/watch-event.ts';
