import type { z } from 'zod'
import { ApiError } from '../api/errors.js'

/**
 * Reads the parameters of a call of our own. One that the call does not have is refused: it may be a known one misspelt, whose default would
 * be an answer to something else than was asked.
 * @throws ApiError
 */
export function queryOf<T extends z.ZodObject>(schema: T, query: unknown): z.infer<T> {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') throw unknownParameter(issue.keys[0]!, Object.keys(schema.shape))
  }
  const { path, message } = parsed.error.issues[0]!
  throw new ApiError('bad-request', `the parameter "${path.join('.')}" ${message}`)
}

function unknownParameter(name: string, known: readonly string[]): ApiError {
  const hint =
    known.length === 0 ? 'this call has none' : `this call has ${known.map((each) => `"${each}"`).join(' and ')}`
  return new ApiError('bad-request', `there is no parameter "${name.slice(0, 40)}"`, { hint })
}
