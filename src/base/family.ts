/** The two kinds of guest that kernlane knows: each has its own errno and signal numbers, consoles and staging. */
export type GuestFamily = "linux" | "freebsd";

/** Its name for people. */
export const familyNames: Readonly<Record<GuestFamily, string>> = {
  linux: "Linux",
  freebsd: "FreeBSD",
};
