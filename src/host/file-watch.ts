/**
 * Waits for files to change, whoever writes them and however: in place and in pieces as linkers do, or by a rename over the old
 * file as editors do. Also a folder may go and come back, as that of a build does.
 *
 * What is watched are the files and their folders, or the nearest folder that is there. An event only says that it is time to
 * look: what has changed is seen in the files themselves.
 */
import { statSync, realpathSync, watch, type FSWatcher } from "node:fs";
import { dirname, resolve } from "node:path";

/** A file that has not changed for so long is complete, or its writer makes a pause: what is in it tells. */
const STILL_MS = 200;
/** Where the system watches nothing more: its limits are reached, or the file system cannot. */
const POLL_MS = 1_000;

export interface FileWatch extends Disposable {
  /** From now on these files, and no others, are watched. One that was watched before keeps what is known of it. */
  follow(paths: readonly string[]): void;
  /**
   * Settles with the files that are there and not as they were when they were last told of, or first followed; once all have
   * been still for a moment. Also tells what changed while nobody waited. One waits at a time.
   *
   * @returns none when `signal` came first
   */
  changed(signal: AbortSignal): Promise<readonly string[]>;
}

/**
 * @example
 * using files = watchFiles();
 * files.follow(["arch/x86/boot/bzImage"]);
 * await files.changed(signal); // ["/src/linux/arch/x86/boot/bzImage"]
 */
export function watchFiles(): FileWatch {
  const told = new Map<string, string>();
  const places = openPlaces(begin);
  let seen = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let tell: ((changed: readonly string[]) => void) | undefined;

  function statesNow(): Map<string, string> {
    return new Map([...told.keys()].map((path) => [path, stateOf(path)]));
  }

  /** From the first event on, until all is still. */
  function begin(): void {
    if (timer !== undefined) return;
    seen = statesNow();
    timer = setTimeout(look, STILL_MS);
  }

  function look(): void {
    places.watch(told.keys());
    const now = statesNow();
    const isStill = [...now].every(([path, state]) => seen.get(path) === state);
    seen = now;
    timer = isStill ? undefined : setTimeout(look, STILL_MS);
    if (!isStill || tell === undefined) return;
    const changed = [...now].filter(([path, state]) => state !== GONE && told.get(path) !== state);
    if (changed.length === 0) return;
    for (const [path, state] of changed) told.set(path, state);
    tell(changed.map(([path]) => path));
  }

  return {
    follow(paths) {
      const wanted = new Set(paths.map((path) => resolve(path)));
      for (const path of told.keys()) if (!wanted.has(path)) told.delete(path);
      for (const path of wanted) if (!told.has(path)) told.set(path, stateOf(path));
      places.watch(wanted);
    },
    changed: (signal) =>
      new Promise((resolvePromise) => {
        const settle = (changed: readonly string[]): void => {
          tell = undefined;
          signal.removeEventListener("abort", none);
          resolvePromise(changed);
        };
        const none = (): void => settle([]);
        signal.addEventListener("abort", none, { once: true });
        tell = settle;
        if (signal.aborted) none();
        else begin();
      }),
    [Symbol.dispose]() {
      clearTimeout(timer);
      places.close();
    },
  };
}

/** What is watched now: each place by its inode, since another thing of the same name is not watched with it. */
function openPlaces(event: () => void) {
  const watchers = new Map<string, FSWatcher>();
  let poll: NodeJS.Timeout | undefined;

  function open(key: string, path: string): void {
    try {
      const watcher = watch(path, event);
      watcher.on("error", () => {
        watchers.delete(key);
        watcher.close();
        event();
      });
      watchers.set(key, watcher);
    } catch {
      poll ??= setInterval(event, POLL_MS);
    }
  }

  return {
    watch(paths: Iterable<string>): void {
      const wanted = new Map([...paths].flatMap(placesOf).map((path) => [inodeOf(path), path]));
      for (const [key, watcher] of watchers) {
        if (wanted.has(key)) continue;
        watchers.delete(key);
        watcher.close();
      }
      for (const [key, path] of wanted) if (!watchers.has(key)) open(key, path);
    },
    close(): void {
      clearInterval(poll);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** The file, its folder, and the same of what it is a link to. */
function placesOf(path: string): readonly string[] {
  const folder = nearestFolder(path);
  if (stateOf(path) === GONE) return [folder];
  const real = realpathSync(path);
  return real === path ? [path, folder] : [path, folder, real, dirname(real)];
}

function nearestFolder(path: string): string {
  const folder = dirname(path);
  return folder === path || stateOf(folder) !== GONE ? folder : nearestFolder(folder);
}

const GONE = "gone";

function stateOf(path: string): string {
  const stat = lookAt(path);
  return stat ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}` : GONE;
}

function inodeOf(path: string): string {
  const stat = lookAt(path);
  return stat ? `${stat.dev}:${stat.ino}` : GONE;
}

function lookAt(path: string) {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // A folder on the way that may not be read, or that is a file now: the file is as good as gone.
    return undefined;
  }
}
