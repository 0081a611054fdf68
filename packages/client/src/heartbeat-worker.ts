import { parentPort, workerData } from 'node:worker_threads';
import { HeartbeatLoop, type HeartbeatSession } from './heartbeat-loop.ts';
import { HeartbeatMemory, sharedNow } from './heartbeat-memory.ts';
import { nodeEnvironment } from './node-environment.ts';

/** What the thread is started with. */
export interface HeartbeatWorkerData extends HeartbeatSession {
  readonly memory: SharedArrayBuffer;
  readonly mustVouch: boolean;
}

const data: HeartbeatWorkerData = workerData;
const memory = new HeartbeatMemory(data.memory);
const vouchMaxMs = data.sessionTimeoutMs / 3;
let vouches = memory.vouches;
let vouchedAt = sharedNow();

const loop = new HeartbeatLoop({ ...nodeEnvironment, now: sharedNow }, data, {
  isVouchedFor() {
    if (!data.mustVouch) return true;
    const now = sharedNow();
    if (memory.vouches !== vouches) {
      vouches = memory.vouches;
      vouchedAt = now;
    }
    return now - vouchedAt < vouchMaxMs;
  },
  handleProof(sentAt) {
    memory.provedAt = sentAt;
  },
  handleSessionGone() {
    parentPort?.postMessage('session-gone');
  },
});
loop.start();
