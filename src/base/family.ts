/** The two kinds of guest that kernlane knows: each has its own errno and signal numbers, consoles and staging. */
export type GuestFamily = "linux" | "freebsd";
