import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { homeToken, readToken } from '../../../src/storage/home-token.js'
import { temporaryFolder } from '../../support/test-node.js'

/** The token by which a node knows its operator. */

test('it is made once, for its owner alone; in the place of a file that a power cut left empty, too', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'token')
  const token = homeToken(folder)
  expect(token).toMatch(/^[0-9a-f]{64}$/)
  expect(homeToken(folder)).toBe(token)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  writeFileSync(file, '')
  expect(readFileSync(file, 'utf8')).toBe('')
  expect(homeToken(folder)).not.toBe(token)
  expect(readToken(file)).toBe(homeToken(folder))
})

test('a file that holds something else is no token, however much that is, and stays', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'token')
  expect(readToken(file)).toBeUndefined()
  for (const text of ['mine', ' '.repeat(3_000_000)]) {
    writeFileSync(file, text)
    expect(() => homeToken(folder)).toThrow('holds no token')
    expect(readFileSync(file, 'utf8')).toBe(text)
  }
})
