import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Crew } from '../src/crew.ts';

const workerFile = fileURLToPath(new URL('./moody-worker.ts', import.meta.url));

test('a process that dies or hangs fails its seed, and the other seeds still run', async () => {
  const crew = new Crew(2, { workerFile, runMsMax: 8_000 });
  try {
    const seeds = Array.from({ length: 14 }, (_, i) => i + 1);
    const reports = await Promise.all(seeds.map((seed) => crew.run({ seed, wishes: {} })));
    expect(reports.map(({ seed }) => seed)).toEqual(seeds);
    const failures = reports.flatMap(({ seed, failure }) => (failure ? [[seed, failure.message]] : []));
    expect(failures).toEqual([
      [3, 'a run comes to an end: its process ended with 9'],
      [7, 'a run comes to an end: its process ended with SIGKILL'],
      [13, 'a run comes to an end: its process ended with 9'],
    ]);
  } finally {
    crew.close();
  }
});
