/*
 * In place of `crew-worker.ts`, for tests: dies over seeds that end in 3, and never comes to an end with those in 7.
 */

process.on('disconnect', () => process.exit());
process.on('message', (message: unknown) => {
  const { seed } = message as { seed: number };
  if (seed % 10 === 3) process.exit(9);
  if (seed % 10 !== 7) process.send?.({ seed, pid: process.pid });
});
