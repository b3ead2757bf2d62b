import { z } from 'zod'
import { EXAMPLE_ADDRESS } from './examples.js'
import { MAX_HEADERS, MAX_LIMIT } from './limits.js'
import { placeOf } from './place.js'

/** What stands in the path and the query of a request, for the server, the command line and the description of the API. */

const ONCE = 'must be given once'

const integerText = (smallest: number, largest: number) => {
  const error = `must be a whole number from ${smallest} to ${largest}`
  return z
    .string({ error: ONCE })
    .regex(/^\d{1,10}$/, { error })
    .transform(Number)
    .pipe(z.int().min(smallest, { error }).max(largest, { error }))
}

const limitText = (smallest: number) =>
  integerText(smallest, MAX_LIMIT)
    .default(20)
    .meta({ examples: ['20'] })

const addressText = z
  .string({ error: ONCE })
  .min(1, { error: 'must not be empty' })
  .meta({ examples: [EXAMPLE_ADDRESS] })
const LARGEST_HEIGHT = 0xffff_ffff

export const rangeQuerySchema = z.strictObject({
  from: integerText(1, LARGEST_HEIGHT)
    .default(1)
    .meta({ description: 'The height of the first block.', examples: ['1'] }),
  limit: limitText(1),
})

export const headersQuerySchema = z.strictObject({
  from: integerText(1, LARGEST_HEIGHT)
    .default(1)
    .meta({ description: 'The height of the first block.', examples: ['1'] }),
  limit: integerText(1, MAX_HEADERS)
    .default(MAX_HEADERS)
    .meta({ examples: ['20'] }),
})

export const balanceQuerySchema = z.strictObject({ address: addressText })

export const historyQuerySchema = z.strictObject({
  address: addressText,
  limit: limitText(1),
  before: z
    .string({ error: ONCE })
    .regex(/^\d{1,9}\.\d{1,9}$/, { error: 'must be HEIGHT.POSITION, such as 3.0' })
    .transform((text) => placeOf(text)!)
    .optional()
    .meta({ description: 'HEIGHT.POSITION: where the page before ended.', examples: ['3.0'] }),
})

export const pendingQuerySchema = z.strictObject({ limit: limitText(0) })

export const eventsQuerySchema = z.strictObject({
  after: z
    .string({ error: ONCE })
    .min(1, { error: 'must not be empty' })
    .optional()
    .meta({
      description: 'The id of the last event that is known: what came since is repeated.',
      examples: ['m4q8z1-17'],
    }),
})

export const mineQuerySchema = z.strictObject({
  to: addressText
    .optional()
    .meta({ description: 'Whom the reward goes to; else whom the node was told, or the node itself.' }),
})

export const templateQuerySchema = z.strictObject({
  address: addressText.optional().meta({ description: 'Whom the reward goes to; else whom the node was told.' }),
})

/** Of calls that have no parameters. */
export const noQuerySchema = z.strictObject({})

const BLOCK_ID = 'must be a height, or a hash or its first digits, at least ten'
const TRANSACTION_ID = 'must be HEIGHT.POSITION, or an id or its first digits, at least ten'

/** A block by its height, its hash, or the first digits of that. */
export const blockIdSchema = z
  .string()
  .toLowerCase()
  .regex(/^(\d{1,9}|[0-9a-f]{10,64})$/, { error: BLOCK_ID })
  .transform((text) => (/^\d{1,9}$/.test(text) ? Number(text) : text))
  .meta({ description: 'Its height, its hash, or at least ten first digits of that.', examples: ['2'] })

/** A transaction by its place, its id, or the first digits of that. */
export const transactionIdSchema = z
  .string()
  .toLowerCase()
  .regex(/^(\d{1,9}\.\d{1,9}|[0-9a-f]{10,64})$/, { error: TRANSACTION_ID })
  .transform((text) => placeOf(text) ?? text)
  .meta({ description: 'HEIGHT.POSITION, its id, or at least ten first digits of that.', examples: ['2.0'] })
