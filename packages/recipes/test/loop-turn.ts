/** Lets everything happen that is ready to. */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What has become of a promise by now. */
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
