import { ApiError } from './errors.js'

/**
 * The one that was meant, of all that a client's words may mean.
 * @param what `block` or `transaction`
 * @throws ApiError not-found, ambiguous
 */
export function onlyOne<T>(found: readonly T[], what: string, id: string): T {
  const [first, ...others] = found
  if (first === undefined) throw new ApiError('not-found', `there is no ${what} ${id}`)
  if (others.length === 0) return first
  throw new ApiError('ambiguous', `several ${what}s begin with ${id}`, { hint: 'give more digits' })
}
