import { once } from 'node:events';
import { type Scenario, scenarios } from '../scenario.ts';
import type { LoadReply, LoadRequest, LoadSpec } from './load-messages.ts';
import { measureThroughput } from './throughput.ts';
import { measureWriteGap } from './write-gap.ts';

/** One run of the load in its own process. It gets its parameters over IPC and ends with its parent. */
process.once('disconnect', () => process.exit());

process.once('message', (request: LoadRequest) => {
  if (request.type === 'run') void run(request.spec);
});

async function run(spec: LoadSpec): Promise<void> {
  reply(await measure(spec).catch(failure));
  process.disconnect();
}

async function measure(spec: LoadSpec): Promise<LoadReply> {
  const scenario: Scenario = scenarios[spec.scenario];
  if (scenario.fault === undefined) {
    return { type: 'throughput', result: await measureThroughput(scenario, spec) };
  }
  const strike = async (): Promise<void> => {
    const struck = once(process, 'message');
    reply({ type: 'steady' });
    await struck;
  };
  return { type: 'gap', result: await measureWriteGap(scenario, spec, strike) };
}

function reply(message: LoadReply): void {
  process.send?.(message);
}

function failure(error: unknown): LoadReply {
  return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
}
