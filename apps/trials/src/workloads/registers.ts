import { askOfZnodes, type ZnodeInput } from '@conclave/simulator';
import { monotonicMs } from '../clients/journal.ts';
import { between, type Participant } from './participant.ts';

export const REGISTERS = '/registers';
const PAUSE_MS = 80;
const READ_PAUSE_MS = 50;
/** All clients switch to new znodes at the same time, so that the history of each group is short enough to judge. */
const GROUP_MS = 1_000;
const KEYS = ['a', 'b'] as const;

let lastValue = 0;

/**
 * Makes plain and conditional reads and writes, and transactions over two znodes. They are linearizable within a group.
 */
export async function useRegisters(participant: Participant): Promise<void> {
  const { client, session } = participant;
  while (participant.goesOn) {
    const group = groupNow();
    const input = draw(group, () => `${session}-${++lastValue}`);
    await participant.call(
      { work: 'registers', group, input },
      () => askOfZnodes(client, input),
      (result) => result,
    );
    await participant.sleepAbout(PAUSE_MS);
  }
}

/**
 * Reads registers in a session that does nothing else. Reads wait for earlier writes of their own session, so the reads
 * of the other session may be stuck behind its writes.
 */
export async function readRegisters(participant: Participant): Promise<void> {
  const { client } = participant;
  while (participant.goesOn) {
    const group = groupNow();
    const input: ZnodeInput = { op: 'get', key: keyOf(group) };
    await participant.call(
      { work: 'registers', group, input },
      () => askOfZnodes(client, input),
      (result) => result,
    );
    await participant.sleepAbout(READ_PAUSE_MS);
  }
}

function groupNow(): string {
  return `${REGISTERS}/${Math.floor(monotonicMs() / GROUP_MS)}`;
}

function keyOf(group: string): string {
  return `${group}-${KEYS[between(0, KEYS.length - 1)]}`;
}

function draw(group: string, newValue: () => string): ZnodeInput {
  const key = keyOf(group);
  const version = between(0, 9) < 7 ? -1 : between(0, 4);
  const dice = between(0, 13);
  if (dice < 4) return { op: 'create', key, value: newValue() };
  if (dice < 7) return { op: 'get', key };
  if (dice < 11) return { op: 'set', key, value: newValue(), version };
  if (dice < 12) return { op: 'delete', key, version };
  return {
    op: 'multi',
    writes: KEYS.map((name) => ({ op: 'set', key: `${group}-${name}`, value: newValue(), version: -1 })),
  };
}
