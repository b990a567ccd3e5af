/**
 * When to stop listening to a guest that will not go on: when it has fallen silent, and at the latest after a while.
 */

/** A kernel that has said nothing for so long has said it all. */
const QUIET_MS = 1_500;
/** Last words that do not end are cut off. */
const LIMIT_MS = 10_000;

export interface LastWords {
  /** From here on silence is the end. */
  begin(): void;
  readonly begun: boolean;
  /** Something was heard. */
  heard(): void;
  stop(): void;
}

export interface Listening {
  /** Nothing was heard for a while; also before the last words began. */
  readonly quiet: () => void;
  /** The last words have been said. */
  readonly over: () => void;
}

export function awaitLastWords({ quiet, over }: Listening): LastWords {
  let silence: NodeJS.Timeout | undefined;
  let limit: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      quiet();
      if (limit) over();
    }, QUIET_MS);
  };
  return {
    begin() {
      if (limit) return;
      limit = setTimeout(over, LIMIT_MS);
      heard();
    },
    get begun() {
      return limit !== undefined;
    },
    heard,
    stop() {
      clearTimeout(silence);
      clearTimeout(limit);
    },
  };
}
