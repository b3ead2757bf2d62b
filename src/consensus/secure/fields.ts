import { JsonNumber, type JsonObject, type JsonValue } from '../../primitives/json/value.js'
import { type Reject, reject } from '../reject.js'

const INTEGER = /^(0|-?[1-9]\d*)$/

/** What an object's fields must be. Every check of a form ends with the first that is wrong. */
export type FieldForms = Readonly<Record<string, Form>>
export interface Form {
  readonly expected: string
  readonly isOptional?: boolean
  readonly holds: (value: JsonValue) => boolean
}

/** Why an object has not exactly these fields, each of its form; undefined where it has. @param what it is, for people */
export function formFault(object: JsonObject, forms: FieldForms, what: string): Reject | undefined {
  for (const field of Object.keys(object)) {
    if (!Object.hasOwn(forms, field)) return bad(`${what} has no field "${field.slice(0, 40)}"`)
  }
  for (const [field, { expected, isOptional, holds }] of Object.entries(forms)) {
    const value = object[field]
    if (value === undefined) {
      if (!isOptional) return bad(`"${field}" of ${what} is missing`, { expected })
    } else if (!holds(value)) return bad(`"${field}" of ${what} is not of its form`, { got: shown(value), expected })
  }
  return undefined
}

export function bad(message: string, details: { got?: string; expected?: string } = {}): Reject {
  return reject('bad-format', message, details)
}

export const anyText: Form = { expected: 'a text', holds: (value) => typeof value === 'string' && value.isWellFormed() }

/** Lower case, a fixed number of digits. */
export function hex(digits: number): Form {
  const form = new RegExp(`^[0-9a-f]{${digits}}$`)
  return {
    expected: `${digits} hex digits in lower case`,
    holds: (value) => typeof value === 'string' && form.test(value),
  }
}

export function integer(least = -Number.MAX_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): Form {
  return {
    expected: `an integer from ${least} to ${most}`,
    holds: (value) => {
      // Of the text: a longer number would be rounded.
      if (!(value instanceof JsonNumber) || !INTEGER.test(value.text)) return false
      const number = value.toNumber()
      return Number.isSafeInteger(number) && number >= least && number <= most
    },
  }
}

function shown(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text.slice(0, 40)
  if (typeof value === 'string') return value.slice(0, 200)
  return value === null || typeof value === 'boolean' ? String(value) : Array.isArray(value) ? 'a list' : 'an object'
}
