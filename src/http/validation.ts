import type { FastifyInstance, FastifyTypeProvider } from 'fastify'
import type { z } from 'zod'
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
  if (parsed.success) return { value: parsed.data }
  const { path, message } = parsed.error.issues[0]!
  return { error: new ApiError('bad-request', `the parameter "${path.join('.')}" ${message}`) }
}
