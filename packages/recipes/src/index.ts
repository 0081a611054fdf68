export { Barrier, barrier } from './barrier.ts';
export type { ElectionLayout, LockLayout } from './contender-name.ts';
export { BarrierParty, DoubleBarrier, type DoubleBarrierOptions, doubleBarrier } from './double-barrier.ts';
export { Election, type ElectionOptions, election, Leadership, type LeadershipTerm } from './election.ts';
export { FencingGate, fencingGate } from './fencing-gate.ts';
export type { JoinOptions, Queued } from './line.ts';
export type { LineHolder } from './line-holder.ts';
export { HeldLock, Mutex, type MutexOptions, mutex } from './mutex.ts';
export type { WaitOptions } from './wait-limit.ts';
