/** Seconds since 1970-01-01T00:00:00Z, fractions allowed. */
export type UnixSeconds = number

/** A timer of more milliseconds fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1
