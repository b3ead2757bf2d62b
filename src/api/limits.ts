/** At most so many blocks or transactions in one answer. */
export const MAX_LIMIT = 1000

/** Headers of one answer. */
export const MAX_HEADERS = 2_000
