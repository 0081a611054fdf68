import { Acls } from './acls.ts';
import { Barriers } from './barriers.ts';
import { Elections } from './elections.ts';
import { Events } from './events.ts';
import { Expiry } from './expiry.ts';
import { Locks } from './locks.ts';
import { Queues } from './queues.ts';
import { Quotas } from './quotas.ts';
import { Reads } from './reads.ts';
import { Registers } from './registers.ts';
import { Sequences } from './sequences.ts';
import { Sessions } from './sessions.ts';
import { Sleepers } from './sleepers.ts';
import { Watches } from './watches.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const WORKLOADS: Readonly<Record<string, (context: WorkloadContext) => Workload>> = {
  registers: (context) => new Registers(context),
  sequences: (context) => new Sequences(context),
  reads: (context) => new Reads(context),
  sessions: (context) => new Sessions(context),
  locks: (context) => new Locks(context),
  watches: (context) => new Watches(context),
  barriers: (context) => new Barriers(context),
  elections: (context) => new Elections(context),
  queues: (context) => new Queues(context),
  events: (context) => new Events(context),
  sleepers: (context) => new Sleepers(context),
  expiry: (context) => new Expiry(context),
  quotas: (context) => new Quotas(context),
  acls: (context) => new Acls(context),
};

export const workloadNames: readonly string[] = Object.keys(WORKLOADS);

/**
 * Workloads that are drawn apart from the others, each with the probability that a run has it. A workload that was
 * drawn together with the others would change their random numbers, and so the meaning of every seed.
 */
export const WORKLOADS_APART: Readonly<Record<string, number>> = { acls: 0.125 };

/** Makes the named workloads. Throws `RangeError` for an unknown name. */
export function makeWorkloads(names: readonly string[], context: WorkloadContext): Workload[] {
  return names.map((name) => {
    const make = WORKLOADS[name];
    if (make === undefined)
      throw new RangeError(`no workload "${name}"; there are ${workloadNames.join(', ')}`);
    return make(context);
  });
}
