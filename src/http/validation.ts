import type {
  FastifyInstance,
  FastifyRequest,
  FastifySchemaCompiler,
  FastifyServerOptions,
  FastifyTypeProvider,
} from 'fastify'
import { z } from 'zod'
import { ApiError } from '../api/errors.js'
import { examplesOf } from './curl-command.js'

/** Requests have the types that the schemas of their routes read them as. */
interface ReadBySchema extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
}

export type ReadingInstance = ReturnType<typeof readBySchema>

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>
type Compiler = FastifySchemaCompiler<z.ZodType>

const COMPILERS = {
  // Its types know JSON Schema alone.
  buildValidator: (() => validatorOf) as unknown as NonNullable<Compilers['buildValidator']>,
  // Answers are printed by the server's own printer; the schemas of the answers only describe them.
  buildSerializer: () => () => JSON.stringify,
} satisfies Compilers

/**
 * Has requests read by the zod schemas of their routes. Bodies are left to the routes: the tutorial has texts of its own to refuse them.
 * Given to the framework when it is made: else it loads what it has for JSON Schema, and begins later by as much as all the rest takes.
 */
export const SCHEMA_CONTROLLER = { compilersFactory: COMPILERS }

function validatorOf({ schema, httpPart }: Parameters<Compiler>[0]): ReturnType<Compiler> {
  return httpPart === 'body' ? () => true : (value) => read(schema, value)
}

/** Types requests as what the schemas of their routes read them as. @param app made with `SCHEMA_CONTROLLER` */
export function readBySchema(app: FastifyInstance) {
  app.addHook('preValidation', (request, _reply, done) => done(undecodable(request)))
  return app.withTypeProvider<ReadBySchema>()
}

/** The framework takes what does not decode, such as `%ff`, as it stands: that would be an answer to something else than was asked. */
function undecodable(request: FastifyRequest): ApiError | undefined {
  const { url } = request
  // The tutorial's calls take no notice of parameters.
  if (!url.includes('%') || request.routeOptions.schema?.querystring === undefined) return undefined
  try {
    decodeURIComponent(url.slice(url.indexOf('?') + 1))
    return undefined
  } catch {
    return new ApiError('bad-request', 'a parameter is not percent-encoded UTF-8', {
      hint: "write é as %C3%A9 and % as %25, or have curl do it: curl -G --data-urlencode 'address=é'",
    })
  }
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
  const name = path.join('.')
  return new ApiError('bad-request', `the parameter "${name}" ${message}`, {
    hint: `such as ${exampleOf(schema, name)}`,
  })
}

function exampleOf(schema: z.ZodType, name: string): unknown {
  const parameter = schema instanceof z.ZodObject ? schema.shape[name] : undefined
  return examplesOf(parameter)[0]
}

function unknownParameter(name: string, known: readonly string[]): ApiError {
  const hint =
    known.length === 0 ? 'this call has none' : `this call has ${known.map((each) => `"${each}"`).join(' and ')}`
  return new ApiError('bad-request', `there is no parameter "${name.slice(0, 40)}"`, { hint })
}

function parametersOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}
