/**
 * What is held, released in the reverse order of being taken: the `AsyncDisposableStack` that Node 20 lacks.
 *
 * A release that fails does not keep the others from running; the first error is thrown at the end.
 *
 * @example
 * await using held = openReleases();
 * const folder = held.use(await openRunFolder(path));
 */
export interface Releases extends AsyncDisposable {
  use<T extends AsyncDisposable>(resource: T): T;
  defer(release: () => Promise<void> | void): void;
}

export function openReleases(): Releases {
  const pending: (() => Promise<void> | void)[] = [];
  return {
    use(resource) {
      pending.push(() => resource[Symbol.asyncDispose]() as Promise<void>);
      return resource;
    },
    defer(release) {
      pending.push(release);
    },
    async [Symbol.asyncDispose]() {
      let failure: { readonly error: unknown } | undefined;
      for (let release = pending.pop(); release !== undefined; release = pending.pop()) {
        try {
          await release();
        } catch (error) {
          failure ??= { error };
        }
      }
      if (failure) throw failure.error;
    },
  };
}
