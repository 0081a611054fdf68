import { parentPort } from 'node:worker_threads';
import { unreachable } from '@conclave/protocol';
import { nodePlatform } from '../environment/node-platform.ts';
import { HeartbeatLoop } from './heartbeat-loop.ts';
import { HeartbeatMemory, sharedNow } from './heartbeat-memory.ts';
import type { HeartbeatCommand, HeartbeatNotice } from './heartbeat-messages.ts';

const environment = { ...nodePlatform, now: sharedNow };
const loops = new Map<number, HeartbeatLoop>();

parentPort?.on('message', (command: HeartbeatCommand) => {
  switch (command.type) {
    case 'start': {
      const loop = makeLoop(command);
      loops.set(command.key, loop);
      loop.start();
      return;
    }
    case 'stop':
      loops.get(command.key)?.stop();
      loops.delete(command.key);
      return;
    default:
      unreachable(command);
  }
});

function makeLoop(command: Extract<HeartbeatCommand, { type: 'start' }>): HeartbeatLoop {
  const { key, session, mustVouch } = command;
  const memory = new HeartbeatMemory(command.memory);
  const vouchMaxMs = session.sessionTimeoutMs / 3;
  let vouches = memory.vouches;
  let vouchedAt = sharedNow();
  return new HeartbeatLoop(environment, session, {
    isVouchedFor() {
      if (!mustVouch) return true;
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
      loops.delete(key);
      parentPort?.postMessage({ type: 'session-gone', key } satisfies HeartbeatNotice);
    },
  });
}
