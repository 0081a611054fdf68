import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Fault, faultTypes } from './faults/fault.ts';
import type { Scenario } from './scenario.ts';
import { workloadNames } from './workloads/index.ts';

const amount = z.number().min(0);
const clock = z.object({ rate: z.number().positive(), offsetMs: z.number() });

const faultSchema = z.looseObject({ type: z.enum(faultTypes), atMs: amount });

/** Everything that a run needs. The details of a fault are not checked, because `--save` wrote them. */
const scenarioSchema = z
  .looseObject({
    seed: z.int().min(0),
    servers: z.int().min(1).max(7),
    serverClocks: z.array(clock),
    disks: z.array(z.object({ writeMs: amount })),
    clients: z.array(z.object({ clock, sessionTimeoutMs: z.number().positive() })).min(1),
    network: z.object({ latency: z.object({ leastMs: amount, jitterMs: amount }), splits: amount }),
    turnMs: amount,
    config: z.looseObject({}),
    zab: z.looseObject({}),
    workloads: z.array(z.enum(workloadNames)).min(1),
    troubleMs: amount,
    faults: z.array(
      z.custom<Fault>((each) => faultSchema.safeParse(each).success, 'a fault of a known type'),
    ),
  })
  .refine(
    ({ servers, serverClocks, disks }) => serverClocks.length === servers && disks.length === servers,
    'every server has a clock and a disk',
  );

/** Reads a scenario that `--save` has written. Throws an error that names the problem with the file. */
export function readScenario(file: string): Scenario {
  const { data, error } = scenarioSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (error !== undefined) throw new Error(`${file}: ${z.prettifyError(error).replaceAll(/\s+/g, ' ')}`);
  return data as Scenario;
}
