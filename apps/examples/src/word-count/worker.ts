import { readFile } from 'node:fs/promises';
import { connect } from '@conclave/client';
import { doubleBarrier } from '@conclave/recipes';
import { report, workerOptions } from '../worker-process.ts';
import { runPhase } from './phase.ts';
import {
  addCounts,
  type Counts,
  countWords,
  jobFiles,
  partitionOf,
  readCounts,
  writeCounts,
} from './word-files.ts';

export interface WordCountOptions {
  readonly servers: string;
  /** The job's node in the ensemble. */
  readonly job: string;
  readonly folder: string;
  readonly parties: number;
  readonly shards: number;
  readonly partitions: number;
}

export type WordCountReport = { readonly phase: 'map' | 'reduce'; readonly task: number };

const { name, servers, job, folder, parties, shards, partitions } = workerOptions<WordCountOptions>();
const files = jobFiles(folder);

await using client = await connect({ servers, sessionTimeoutMs: 4_000 });

// All workers begin together, and the last one to leave ends the round.
await using party = await doubleBarrier(client, `${job}/workers`, { parties, participant: name }).enter();

await runPhase(client, `${job}/map`, shards, async (shard, { signal }) => {
  const text = await readFile(files.shard(shard), { encoding: 'utf8', signal });
  const parts: Counts[] = Array.from({ length: partitions }, () => ({}));
  for (const [word, count] of Object.entries(countWords(text))) {
    addCounts(parts[partitionOf(word, partitions)] ?? {}, { [word]: count });
  }
  for (const [partition, counts] of parts.entries()) {
    await writeCounts(files.mapped(shard, partition), counts, name);
  }
  report({ phase: 'map', task: shard } satisfies WordCountReport);
});

await runPhase(client, `${job}/reduce`, partitions, async (partition) => {
  const sum: Counts = {};
  for (let shard = 0; shard < shards; shard++)
    addCounts(sum, await readCounts(files.mapped(shard, partition)));
  await writeCounts(files.reduced(partition), sum, name);
  report({ phase: 'reduce', task: partition } satisfies WordCountReport);
});

await party.leave();
