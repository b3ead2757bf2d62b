import type { z } from 'zod'

/** How people call what a schema expects. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

/** Reads what another node answered. @returns its value, or what is wrong with it, behind the name of the field */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): { value: T } | { fault: string } {
  const read = schema.safeParse(answer, { error: complaint })
  if (read.success) return { value: read.data }
  const { path, message } = read.error.issues[0]!
  return { fault: `${path.length === 0 ? 'it' : JSON.stringify(path.join('.'))} ${message}` }
}

/** The library's own words are for programmers, and name patterns. */
function complaint({ code, input, expected }: z.core.$ZodRawIssue): string {
  if (input === undefined) return 'is missing'
  const kind = code === 'invalid_type' ? KINDS[String(expected)] : undefined
  return kind === undefined ? 'has a form that no node gives it' : `is not ${kind}`
}
