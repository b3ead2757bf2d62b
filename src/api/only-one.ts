import { ApiError } from './errors.js'

/**
 * The one that was meant, of all that a client's words may mean.
 * @param what `block` or `transaction`
 * @throws ApiError not-found, ambiguous
 */
export function onlyOne<T>(found: readonly T[], what: string, id: string): T {
  const [first, ...others] = found
  if (first === undefined) throw notThere(what, id)
  if (others.length === 0) return first
  throw new ApiError('ambiguous', `several ${what}s begin with ${id}`, { hint: 'give more digits' })
}

/** A hash or id that is of nothing here: a longer chain that replaced ours may lack what ours had. */
export function notThere(what: string, id: string): ApiError {
  const hint = 'look whether its digits are right, and whether this node is the one that has it'
  return new ApiError('not-found', `there is no ${what} ${id}`, { hint })
}
