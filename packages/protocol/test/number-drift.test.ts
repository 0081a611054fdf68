import { describe, expect, test } from 'vitest';
import {
  AddWatchMode,
  CreateFlag,
  ErrorNumber,
  EventType,
  KeeperState,
  OpCode,
  Permission,
  WatcherType,
} from '../src/index.ts';

describe('numbers', () => {
  test('operations', () => {
    expect(OpCode).toEqual({
      create: 1,
      delete: 2,
      exists: 3,
      getData: 4,
      setData: 5,
      getACL: 6,
      setACL: 7,
      getChildren: 8,
      sync: 9,
      ping: 11,
      getChildren2: 12,
      check: 13,
      multi: 14,
      create2: 15,
      reconfig: 16,
      checkWatches: 17,
      removeWatches: 18,
      createContainer: 19,
      deleteContainer: 20,
      createTTL: 21,
      multiRead: 22,
      auth: 100,
      setWatches: 101,
      sasl: 102,
      getEphemerals: 103,
      getAllChildrenNumber: 104,
      setWatches2: 105,
      addWatch: 106,
      whoAmI: 107,
      error: -1,
      createSession: -10,
      closeSession: -11,
      moveSession: -12,
      guarded: 1000,
      lineJoin: 1001,
      lineLeave: 1002,
      lineHolder: 1003,
      lineStatus: 1004,
      barrierEnter: 1005,
      barrierLeave: 1006,
      setNativeWatches: 1007,
      listChildren: 1008,
    });
  });

  test('errors', () => {
    expect(ErrorNumber).toEqual({
      OK: 0,
      SYSTEM_ERROR: -1,
      RUNTIME_INCONSISTENCY: -2,
      DATA_INCONSISTENCY: -3,
      CONNECTION_LOSS: -4,
      MARSHALLING_ERROR: -5,
      UNIMPLEMENTED: -6,
      OPERATION_TIMEOUT: -7,
      BAD_ARGUMENTS: -8,
      UNKNOWN_SESSION: -12,
      NEW_CONFIG_NO_QUORUM: -13,
      RECONFIG_IN_PROGRESS: -14,
      API_ERROR: -100,
      NO_NODE: -101,
      NO_AUTH: -102,
      BAD_VERSION: -103,
      NO_CHILDREN_FOR_EPHEMERALS: -108,
      NODE_EXISTS: -110,
      NOT_EMPTY: -111,
      SESSION_EXPIRED: -112,
      INVALID_CALLBACK: -113,
      INVALID_ACL: -114,
      AUTH_FAILED: -115,
      SESSION_MOVED: -118,
      NOT_READ_ONLY: -119,
      EPHEMERAL_ON_LOCAL_SESSION: -120,
      NO_WATCHER: -121,
      REQUEST_TIMEOUT: -122,
      RECONFIG_DISABLED: -123,
      SESSION_CLOSED_REQUIRE_SASL_AUTH: -124,
      QUOTA_EXCEEDED: -125,
      THROTTLED_OP: -127,
      GRANT_OVER: -1000,
      ANSWER_FORGOTTEN: -1001,
      BARRIER_CLOSED: -1002,
      ANSWER_TOO_LARGE: -1003,
    });
  });

  test('events, states and permissions', () => {
    expect(EventType).toEqual({
      none: -1,
      nodeCreated: 1,
      nodeDeleted: 2,
      nodeDataChanged: 3,
      nodeChildrenChanged: 4,
      dataWatchRemoved: 5,
      childWatchRemoved: 6,
      persistentWatchRemoved: 7,
      granted: 1000,
      holderChanged: 1001,
      gap: 1002,
    });
    expect(KeeperState).toEqual({
      disconnected: 0,
      syncConnected: 3,
      authFailed: 4,
      connectedReadOnly: 5,
      saslAuthenticated: 6,
      closed: 7,
      expired: -112,
    });
    expect(CreateFlag).toEqual({
      persistent: 0,
      ephemeral: 1,
      persistentSequential: 2,
      ephemeralSequential: 3,
      container: 4,
      persistentWithTtl: 5,
      persistentSequentialWithTtl: 6,
    });
    expect(AddWatchMode).toEqual({ persistent: 0, persistentRecursive: 1 });
    expect(WatcherType).toEqual({ children: 1, data: 2, any: 3, persistent: 4, persistentRecursive: 5 });
    expect(Permission).toEqual({ read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 });
  });
});
