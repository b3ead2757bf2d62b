import type { FastifySchema } from 'fastify'
import { z } from 'zod'
import type { ApiErrorCode } from '../api/errors.js'
import { errorSchema, named } from '../api/schemas.js'
import { STATUS } from './errors.js'

/**
 * What a call takes and answers. The server reads the parameters by it, and `/openapi.json` is made of it: the names are those of a
 * route's `schema` in Fastify and of an operation in OpenAPI.
 */
export interface CallSchema extends FastifySchema {
  readonly operationId: string
  readonly tags: readonly [Tag]
  readonly summary: string
  readonly description?: string
  readonly response: Readonly<Record<string, Answer>>
}

export const TAGS = {
  tutorial: "The tutorial's five calls, with its paths, statuses, keys and texts.",
  chain: 'Blocks, transactions, balances.',
  node: 'The node, what it does and what happens on it.',
  peers: 'The nodes that this one asks for their chains.',
  service: 'For those who run a node, or write programs for it.',
} as const
type Tag = keyof typeof TAGS

interface Content {
  readonly schema: z.ZodType
  /** By name. Where there are none, the schema's own are shown. */
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

interface Answer {
  readonly description: string
  readonly content: Readonly<Record<string, Content>>
}

const codes = Object.keys(STATUS) as ApiErrorCode[]

const MESSAGE = 'One sentence for people.'
const HINT = 'What to do about it.'

const refusalSchema = named('Error', {
  error: errorSchema.shape.error.extend({
    code: z.enum(codes).describe('What programs may rely on.'),
    message: z.string().meta({ description: MESSAGE, examples: [MESSAGE] }),
    hint: z
      .string()
      .optional()
      .meta({ description: HINT, examples: [HINT] }),
  }),
})

export function answer(schema: z.ZodType, description: string, type = 'application/json'): Answer {
  return { description, content: { [type]: { schema } } }
}

/** The errors that a call is known for, by status. Any call may be refused in other ways as well. */
export function refusals(...known: readonly ApiErrorCode[]): Record<string, Answer> {
  const refusalWith = (status: number): Answer => {
    const alike = known.filter((code) => STATUS[code] === status)
    const examples = alike.map((code) => [code, { value: { error: { code, message: MESSAGE, hint: HINT } } }])
    const content = { schema: refusalSchema, examples: Object.fromEntries(examples) }
    return { description: alike.join(', '), content: { 'application/json': content } }
  }
  const statuses = [...new Set(known.map((code) => STATUS[code]))]
  return {
    ...Object.fromEntries(statuses.map((status) => [status, refusalWith(status)])),
    default: answer(refusalSchema, 'Any other error.'),
  }
}

/** A refusal in the tutorial's words, beside those of ours with that status. */
export function orText(refusal: Answer, text: string): Answer {
  return { ...refusal, content: { ...refusal.content, 'text/html': { schema: z.literal(text) } } }
}
