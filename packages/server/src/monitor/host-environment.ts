import { arch, hostname, release, tmpdir, type, userInfo } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { ZOOKEEPER_VERSION } from './monitor-context.ts';

const UNKNOWN = '<NA>';
const MIB = 1024 * 1024;

/**
 * Facts about the process and its host, under ZooKeeper's names where it has one. Facts about Node.js take the place of
 * those about the Java virtual machine. Environment variables are left out because they may hold secrets.
 */
export function hostEnvironment(): Map<string, string> {
  const { name, home } = user();
  const heap = getHeapStatistics();
  return new Map([
    ['zookeeper.version', ZOOKEEPER_VERSION],
    ['host.name', hostname()],
    ['node.version', process.versions.node],
    ['node.path', process.execPath],
    ['node.tmpdir', tmpdir()],
    ['os.name', type()],
    ['os.arch', arch()],
    ['os.version', release()],
    ['user.name', name],
    ['user.home', home],
    ['user.dir', process.cwd()],
    ['os.memory.free', mebibytes(heap.total_heap_size - heap.used_heap_size)],
    ['os.memory.max', mebibytes(heap.heap_size_limit)],
    ['os.memory.total', mebibytes(heap.total_heap_size)],
  ]);
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)}MB`;
}

/** The user's name and home. A process may run under a user id that the system has no name for. */
function user(): { readonly name: string; readonly home: string } {
  try {
    const { username, homedir } = userInfo();
    return { name: username, home: homedir };
  } catch {
    return { name: UNKNOWN, home: UNKNOWN };
  }
}
