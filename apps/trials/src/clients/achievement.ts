import type { Call } from './journal.ts';

/** The work that each workload exists to do. A trial without one of these has tested nothing of that workload. */
export const achievements = [
  'a sequential node',
  'a register read or written',
  'a lock acquired',
  'a guarded write',
  'an ephemeral node seen',
  'a watch fired',
  'an item added',
  'an item removed',
  'a barrier left',
] as const;

export type Achievement = (typeof achievements)[number];

/** The achievement of a call that was done, or `undefined` if the call is only an intermediate step. */
export function achievementOf(call: Call): Achievement | undefined {
  switch (call.work) {
    case 'sequences':
      return 'a sequential node';
    case 'registers':
      return 'a register read or written';
    case 'queues':
      return 'an item added';
    case 'fenced':
      return call.isOver ? undefined : 'a guarded write';
    case 'ephemerals':
      return call.what === 'look' ? 'an ephemeral node seen' : undefined;
    case 'watches':
      // The achievement is the event of a watch, which is no call.
      return undefined;
    case 'locks':
      return call.what.startsWith('acquire') ? 'a lock acquired' : undefined;
    case 'claims':
      return call.what === 'remove' ? 'an item removed' : undefined;
    case 'barriers':
      return call.what === 'leave' ? 'a barrier left' : undefined;
    default:
      return call satisfies never;
  }
}
