import { type CheckRequest, OPEN_ACL, OpCode, type Request } from '@conclave/protocol';

const data = new TextEncoder().encode('data');
const path = '/sample';
const watches = { relativeZxid: 1, data: [path], exist: ['/none'], child: [path] };
const staying = { persistent: [path], persistentRecursive: [path] };
const lock = { path: '/line', prefix: '_c_4b1d8ac1-lock-' };

/** One request of each operation that a ZooKeeper client may send and that has a record. */
export const zookeeperRequests: readonly Request[] = [
  { op: OpCode.create, path: '/sample/a', data, acl: OPEN_ACL, flags: 0 },
  { op: OpCode.create2, path: '/sample/b', data, acl: OPEN_ACL, flags: 1 },
  { op: OpCode.createContainer, path: '/sample/c', data, acl: OPEN_ACL, flags: 4 },
  { op: OpCode.createTTL, path: '/sample/t', data, acl: OPEN_ACL, flags: 5, ttl: 10_000 },
  { op: OpCode.delete, path: '/sample/a', version: -1 },
  { op: OpCode.exists, path, watch: true },
  { op: OpCode.getData, path, watch: true },
  { op: OpCode.setData, path, data, version: -1 },
  { op: OpCode.getACL, path },
  {
    op: OpCode.setACL,
    path,
    acl: [{ permissions: 31, scheme: 'digest', id: 'user:aGFzaA==' }, ...OPEN_ACL],
    version: -1,
  },
  { op: OpCode.getChildren, path, watch: true },
  { op: OpCode.getChildren2, path, watch: false },
  { op: OpCode.getAllChildrenNumber, path },
  { op: OpCode.getEphemerals, path },
  { op: OpCode.sync, path },
  {
    op: OpCode.multi,
    operations: [
      { op: OpCode.check, path, version: -1 },
      { op: OpCode.create, path: '/sample/d', data, acl: OPEN_ACL, flags: 2 },
      { op: OpCode.createTTL, path: '/sample/u', data, acl: OPEN_ACL, flags: 5, ttl: 10_000 },
      { op: OpCode.setData, path, data, version: -1 },
      { op: OpCode.delete, path: '/sample/none', version: 7 },
    ],
  },
  {
    op: OpCode.multiRead,
    operations: [
      { op: OpCode.getData, path, watch: false },
      { op: OpCode.getChildren, path, watch: false },
    ],
  },
  { op: OpCode.setWatches, ...watches },
  { op: OpCode.setWatches2, ...watches, ...staying },
  { op: OpCode.addWatch, path, mode: 1 },
  { op: OpCode.checkWatches, path, type: 3 },
  { op: OpCode.removeWatches, path, type: 3 },
  {
    op: OpCode.reconfig,
    joiningServers: 'server.9=h:1:2;3',
    leavingServers: '',
    newMembers: '',
    currentConfig: -1,
  },
];

/** One request of each native operation. */
export const nativeRequests: readonly Request[] = [
  { op: OpCode.lineJoin, ...lock, data, wait: true },
  { op: OpCode.lineStatus, ...lock },
  { op: OpCode.lineHolder, path: lock.path, watch: true },
  { op: OpCode.lineLeave, ...lock },
  { op: OpCode.barrierEnter, path: '/barrier', name: 'one', parties: 2, data },
  { op: OpCode.barrierLeave, path: '/barrier', name: 'one' },
  { op: OpCode.guarded, path: lock.path, token: 1, write: { op: OpCode.setData, path, data, version: -1 } },
  { op: OpCode.setNativeWatches, ...watches, ...staying, holder: [lock.path] },
  { op: OpCode.listChildren, path, after: 'a', limit: 10, watch: true },
];

/**
 * Requests whose damaged record ends the connection, as in ZooKeeper, because nothing that follows could be trusted.
 */
export const authRequests: readonly Request[] = [
  { op: OpCode.auth, scheme: 'digest', auth: new TextEncoder().encode('user:password') },
  { op: OpCode.sasl, token: data },
];

/** Requests without a record. */
export const bareRequests: readonly Request[] = [
  { op: OpCode.whoAmI },
  { op: OpCode.ping },
  { op: OpCode.closeSession },
];

/** An operation that is allowed only within `multi`. */
export const check: CheckRequest = { op: OpCode.check, path, version: -1 };
