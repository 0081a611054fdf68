/** Waits for one turn of the event loop, in which everything that is ready runs. */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Returns how a promise has settled by now, or that it is pending. */
export async function settledNow<T>(
  promise: Promise<T>,
): Promise<{ value: T } | { error: unknown } | 'pending'> {
  await loopTurn();
  return Promise.race([
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
    loopTurn().then(() => 'pending' as const),
  ]);
}
