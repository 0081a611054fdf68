import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { exampleOptions } from '../example-options.ts';
import { startWorker } from '../worker-process.ts';
import { addCounts, type Counts, countWords, jobFiles, makeText, readCounts } from './word-files.ts';
import type { WordCountOptions, WordCountReport } from './worker.ts';

// Counts words with several workers in two phases, map and reduce. One worker is killed in the middle; the others do
// its tasks. At the end the result is compared with a count in one process.

const SHARDS = 24;
const PARTITIONS = 8;
const WORDS_IN_SHARD = 20_000;

const { servers, workers: parties } = exampleOptions(4);
const folder = await mkdtemp(join(tmpdir(), 'conclave-word-count-'));
const files = jobFiles(folder);
const job = `/examples/word-count-${Date.now()}`;

try {
  const expected: Counts = {};
  for (let shard = 0; shard < SHARDS; shard++) {
    const text = makeText(WORDS_IN_SHARD, shard);
    addCounts(expected, countWords(text));
    await writeFile(files.shard(shard), text);
  }

  const options: WordCountOptions = { servers, job, folder, parties, shards: SHARDS, partitions: PARTITIONS };
  const workers = Array.from({ length: parties }, (_, i) =>
    startWorker<WordCountReport>(new URL('./worker.ts', import.meta.url), `worker-${i + 1}`, options),
  );
  const [victim] = workers;

  const ends = await Promise.all(
    workers.map(async (worker) => {
      for await (const { phase, task } of worker.reports) {
        console.log(`${worker.name}: ${phase} ${task}`);
        if (worker === victim) {
          worker.signal('SIGKILL');
          console.log(`${worker.name} is killed`);
        }
      }
      return worker.exited;
    }),
  );

  const counts: Counts = {};
  for (let partition = 0; partition < PARTITIONS; partition++) {
    addCounts(counts, await readCounts(files.reduced(partition)));
  }
  const isRight = isDeepStrictEqual(counts, expected) && !ends.includes('failed');
  const words = Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.log(`${words} words, ${Object.keys(counts).length} different ones: ${isRight ? 'right' : 'WRONG'}`);
  process.exitCode = isRight ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
