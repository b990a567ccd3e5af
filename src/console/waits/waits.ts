/** What a debugger or the kernel was asked, and what it said: one line an element, without the question's echo. */
export interface Answer {
  readonly question: string;
  readonly lines: readonly string[];
}

/** A thread, and a lock that it holds. */
export interface Holding {
  /** The name and the number: `agent/77`. */
  readonly thread: string;
  /** What the kernel calls the lock: `&inode->i_rwsem`, `twq`. */
  readonly lock: string;
  /** Which of the locks of that name it is, where the kernel says so: `0xfffff8000348c5f8`. */
  readonly address?: string;
  /** Where in the source or in which function it was taken or asked for, where the kernel says so. */
  readonly at?: string;
}

/** A thread, and a lock that it waits for. */
export interface Waiting extends Holding {
  /** The thread that holds the lock, where the kernel names it by itself. */
  readonly holder?: string;
}

export interface WaitGraph {
  readonly holds: readonly Holding[];
  readonly waits: readonly Waiting[];
}
