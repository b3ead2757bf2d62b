import { expect } from 'vitest'
import type { RawAnswer } from './raw-http.js'

const JSON_TYPE = /^application\/json(; charset=utf-8)?$/

/** An error of ours: JSON of one shape, without a stack or an engine's words. */
export function expectRefusal(answer: RawAnswer, status: number, code: string, message = /\w/): void {
  expect(`${answer.status} ${answer.text}`).toMatch(new RegExp(`^${status} `))
  expect(answer.headers['content-type']).toMatch(JSON_TYPE)
  const { error, ...rest } = JSON.parse(answer.text)
  expect(rest).toStrictEqual({})
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  // Whoever can do something about it is told what.
  if (status < 500) expect(error.hint, error.message).toMatch(/\w/)
  expect(Object.keys(error).filter((key) => !['code', 'message', 'hint'].includes(key))).toEqual([])
  expect(answer.text).not.toMatch(/\\n\s*at |node_modules|\.[jt]s:\d|Error:|FST_|HPE_|Unexpected token/)
  expectNoCors(answer)
}

export function expectNoCors(answer: RawAnswer): void {
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
}
