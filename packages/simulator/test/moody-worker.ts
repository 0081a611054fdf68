/*
 * Takes the place of `crew-worker.ts` in tests: it dies over seeds that end in 3, and hangs over seeds that end in 7.
 */

process.on('disconnect', () => process.exit());
process.on('message', (message: unknown) => {
  const { seed } = message as { seed: number };
  if (seed % 10 === 3) process.exit(9);
  if (seed % 10 !== 7) process.send?.({ seed, pid: process.pid });
});
