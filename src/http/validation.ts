import type { FastifyInstance, FastifyTypeProvider } from 'fastify'
import { z } from 'zod'
import { ApiError } from '../api/errors.js'

/** Requests have the types that the schemas of their routes read them as. */
interface ReadBySchema extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
}

export type ReadingInstance = ReturnType<typeof readBySchema>

/** Has requests read by the zod schemas of their routes. Bodies are left to the routes: the tutorial has texts of its own to refuse them. */
export function readBySchema(app: FastifyInstance) {
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) =>
    httpPart === 'body' ? () => true : (value) => read(schema, value),
  )
  // Answers are printed by the server's own printer; the schemas of the answers only describe them.
  app.setSerializerCompiler(() => JSON.stringify)
  return app.withTypeProvider<ReadBySchema>()
}

function read<T>(schema: z.ZodType<T>, value: unknown): { value: T } | { error: ApiError } {
  const parsed = schema.safeParse(value)
  return parsed.success ? { value: parsed.data } : { error: refusal(schema, parsed.error) }
}

function refusal(schema: z.ZodType, { issues }: z.ZodError): ApiError {
  for (const issue of issues) {
    // It may be a known one misspelt, whose default would be an answer to something else than was asked.
    if (issue.code === 'unrecognized_keys') return unknownParameter(issue.keys[0]!, parametersOf(schema))
  }
  const { path, message } = issues[0]!
  return new ApiError('bad-request', `the parameter "${path.join('.')}" ${message}`)
}

function unknownParameter(name: string, known: readonly string[]): ApiError {
  const hint =
    known.length === 0 ? 'this call has none' : `this call has ${known.map((each) => `"${each}"`).join(' and ')}`
  return new ApiError('bad-request', `there is no parameter "${name.slice(0, 40)}"`, { hint })
}

function parametersOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}
