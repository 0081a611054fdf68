import { OPEN_ACL, OpCode, type Request } from '@conclave/protocol';

const data = new TextEncoder().encode('data');

/** One request of each ZooKeeper operation. */
export const zookeeperRequests: readonly Request[] = [
  { op: OpCode.create, path: '/hostile/a', data, acl: OPEN_ACL, flags: 0 },
  { op: OpCode.create2, path: '/hostile/b', data, acl: OPEN_ACL, flags: 1 },
  { op: OpCode.setData, path: '/hostile', data, version: -1 },
  { op: OpCode.delete, path: '/hostile/a', version: -1 },
  { op: OpCode.exists, path: '/hostile/a', watch: true },
  { op: OpCode.getData, path: '/hostile', watch: true },
  { op: OpCode.getChildren, path: '/hostile', watch: true },
  { op: OpCode.getChildren2, path: '/hostile', watch: false },
  { op: OpCode.sync, path: '/hostile' },
  {
    op: OpCode.multi,
    operations: [
      { op: OpCode.check, path: '/hostile', version: -1 },
      { op: OpCode.create, path: '/hostile/c', data, acl: OPEN_ACL, flags: 2 },
      { op: OpCode.setData, path: '/hostile', data, version: -1 },
      { op: OpCode.delete, path: '/hostile/none', version: 7 },
    ],
  },
  { op: OpCode.setWatches, relativeZxid: 1, data: ['/hostile'], exist: ['/hostile/a'], child: ['/hostile'] },
];

const lock = { path: '/hostile/lock', prefix: '_c_4b1d8ac1-lock-' };

/** One request of each native operation. */
export const nativeRequests: readonly Request[] = [
  { op: OpCode.lineJoin, ...lock, data, wait: true },
  { op: OpCode.lineStatus, ...lock },
  { op: OpCode.lineHolder, path: lock.path, watch: true },
  { op: OpCode.lineLeave, ...lock },
  { op: OpCode.barrierEnter, path: '/hostile/barrier', name: 'one', parties: 2, data },
  { op: OpCode.barrierLeave, path: '/hostile/barrier', name: 'one' },
  {
    op: OpCode.guarded,
    path: lock.path,
    token: 1,
    write: { op: OpCode.setData, path: '/hostile', data, version: -1 },
  },
  {
    op: OpCode.setNativeWatches,
    relativeZxid: 1,
    data: ['/hostile'],
    exist: ['/hostile/a'],
    child: ['/hostile'],
    persistent: ['/hostile'],
    persistentRecursive: ['/hostile'],
    holder: [lock.path],
  },
];
