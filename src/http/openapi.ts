import swagger, { type SwaggerTransform, type SwaggerTransformObject } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type CallSchema, TAGS } from './call-schema.js'

const settings: Parameters<typeof createJsonSchemaTransform>[0] = {
  zodToJsonConfig: {
    // That an integer is one which JavaScript has exactly is no limit that a reader need know.
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  },
}
const describeAnswers = createJsonSchemaTransform(settings)
const listNamed = createJsonSchemaTransformObject(settings)

/** Has an instance describe the routes that it is given from here on: `app.swagger()`. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'chain',
        version,
        description:
          'A node of the blockchain of "Learn Blockchains by Building One". Numbers in blocks and transactions are exact: an integer has any size, and `1.0` is not `1`. Whoever hashes or adds them up needs a JSON parser that keeps them.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    },
    transform: describeRoute,
    transformObject: listAnswers,
  })
}

/**
 * Parameters are described as what they are read as, where the library would describe how they are written, and answers with their
 * examples, which it would leave out. The page has routes that are hidden and describe nothing.
 */
const describeRoute: SwaggerTransform = (route) => {
  const { querystring, params, headers, ...rest } = route.schema as Partial<CallSchema>
  const described = describeAnswers({ ...route, schema: rest })
  const parts = Object.entries({ querystring, params, headers }).filter(([, part]) => part !== undefined)
  const schema = {
    ...described.schema,
    ...Object.fromEntries(parts.map(([name, part]) => [name, describeParameters(part)])),
  }
  addExamples(schema.response as DescribedAnswers, rest.response ?? {})
  return { schema, url: described.url }
}

type DescribedAnswers = Record<string, { content: Record<string, object> }>

function addExamples(described: DescribedAnswers, answers: CallSchema['response']): void {
  for (const [status, { content }] of Object.entries(answers)) {
    for (const [type, { examples }] of Object.entries(content)) {
      if (examples !== undefined) Object.assign(described[status]!.content[type]!, { examples })
    }
  }
}

function describeParameters(part: unknown): object {
  const fields = Object.entries((part as z.ZodObject<Record<string, z.ZodType>>).shape)
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, describeParameter(field)])),
    required: fields.filter(([, field]) => !field.safeParse(undefined).success).map(([name]) => name),
  }
}

/** As the value that is read, or as the text where that is no value of JSON. */
function describeParameter(field: z.ZodType): object {
  const asRead = jsonSchema(field, 'output')
  return asRead.type === undefined ? { ...jsonSchema(field, 'input'), ...asRead } : asRead
}

function jsonSchema(field: z.ZodType, io: 'input' | 'output'): { type?: string } {
  const { $schema, ...schema } = z.toJSONSchema(field, { io, unrepresentable: 'any' })
  return schema as { type?: string }
}

/** Lists the named schemas as answers: the library lists each as a request, too. */
const listAnswers: SwaggerTransformObject = (document) => {
  const listed = listNamed(document) as { components: { schemas: object } }
  const answers = Object.entries(listed.components.schemas).filter(([name]) => !name.endsWith('Input'))
  return { ...listed, components: { ...listed.components, schemas: Object.fromEntries(answers) } }
}
