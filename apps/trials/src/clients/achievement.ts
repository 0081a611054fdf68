import type { Call } from './journal.ts';

/** What each workload is there to have done; a trial in which one is missing has shown nothing of it. */
export const achievements = [
  'a sequential node',
  'a register asked',
  'a lock acquired',
  'a write under a guard',
  'an ephemeral node seen',
  'a watch fired',
  'an item put in',
  'an item taken out',
  'a barrier left',
] as const;

export type Achievement = (typeof achievements)[number];

/** What it means that the call was done; `undefined`: only a step towards it. */
export function achievementOf(call: Call): Achievement | undefined {
  switch (call.work) {
    case 'sequences':
      return 'a sequential node';
    case 'registers':
      return 'a register asked';
    case 'queues':
      return 'an item put in';
    case 'fenced':
      return call.isOver ? undefined : 'a write under a guard';
    case 'ephemerals':
      return call.what === 'look' ? 'an ephemeral node seen' : undefined;
    case 'watches':
      // That one fires is no call.
      return undefined;
    case 'locks':
      return call.what.startsWith('acquire') ? 'a lock acquired' : undefined;
    case 'claims':
      return call.what === 'remove' ? 'an item taken out' : undefined;
    case 'barriers':
      return call.what === 'leave' ? 'a barrier left' : undefined;
    default:
      return call satisfies never;
  }
}
