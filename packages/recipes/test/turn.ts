/** Lets everything happen that is ready to. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What has become of a promise by now. */
export async function settledNow<T>(
  promise: Promise<T>,
): Promise<{ value: T } | { error: unknown } | 'pending'> {
  await turn();
  return Promise.race([
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
    turn().then(() => 'pending' as const),
  ]);
}
