import type { LiveGuest } from "./live-guest.js";

/** Starts a guest, and disposes of what it needs when it has ended, or does not come up. */
export async function whileGuestLives(
  held: AsyncDisposable | Disposable,
  start: () => Promise<LiveGuest>,
): Promise<LiveGuest> {
  const release = async (): Promise<void> => {
    if (Symbol.asyncDispose in held) await held[Symbol.asyncDispose]();
    else held[Symbol.dispose]();
  };
  try {
    const guest = await start();
    void guest.ended.then(release);
    return guest;
  } catch (error) {
    await release();
    throw error;
  }
}
