/** At most so many blocks or transactions in one answer. */
export const MAX_LIMIT = 1000
