import { Registers } from './registers.ts';
import { Sequences } from './sequences.ts';
import type { Workload, WorkloadContext } from './workload.ts';

const WORKLOADS: Readonly<Record<string, (context: WorkloadContext) => Workload>> = {
  registers: (context) => new Registers(context),
  sequences: (context) => new Sequences(context),
};

export const workloadNames: readonly string[] = Object.keys(WORKLOADS);

/** Throws `RangeError` for a name that is none. */
export function makeWorkloads(names: readonly string[], context: WorkloadContext): Workload[] {
  return names.map((name) => {
    const make = WORKLOADS[name];
    if (make === undefined)
      throw new RangeError(`no workload "${name}"; there are ${workloadNames.join(', ')}`);
    return make(context);
  });
}
