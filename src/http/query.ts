import type { z } from 'zod'
import { ApiError } from '../api/errors.js'

/**
 * Reads a request's query.
 * @throws ApiError that names the parameter
 */
export function queryOf<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new ApiError('bad-request', `the parameter "${issue.path.join('.')}" ${issue.message}`)
}
