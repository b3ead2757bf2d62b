import { z } from 'zod'

/**
 * A command that makes a call as it is to be made, for a hint.
 * @param body the schema of what is sent, with an example
 */
export function curlCommand(method: string, url: string, body: unknown): string {
  const words = method === 'GET' ? ['curl'] : ['curl', '-X', method]
  const [example] = examplesOf(body)
  if (example !== undefined) words.push('-H', "'Content-Type: application/json'", '-d', `'${JSON.stringify(example)}'`)
  return [...words, url].join(' ')
}

/** Of a schema, as far as it has any. */
export function examplesOf(schema: unknown): readonly unknown[] {
  const { examples } = schema instanceof z.ZodType ? (schema.meta() ?? {}) : {}
  return Array.isArray(examples) ? examples : []
}
