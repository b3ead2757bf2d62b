import { ApiError, type ApiErrorCode } from '../api/errors.js'

/** Has what a node refuses be told with the command that helps: the node does not know which flags lead to it. */
export function withHint(error: unknown, hints: Partial<Record<ApiErrorCode, string>>): unknown {
  const hint = error instanceof ApiError ? hints[error.code] : undefined
  if (hint === undefined) return error
  const { code, message, cause } = error as ApiError
  return new ApiError(code, message, { hint, cause })
}
