import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from './write-whole.js'

const TOKEN = /^[0-9a-f]{64}$/

/** Where the token of a home is: who can read it may do with the node what its operator may. */
export function tokenFile(folder: string): string {
  return join(folder, 'token')
}

/** The token in a file; undefined where there is no such file. @throws Error where it holds something else */
export function readToken(file: string): string | undefined {
  try {
    return tokenIn(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** @param file where it stands. @throws Error where it is no token */
export function tokenIn(text: string, file: string): string {
  const token = text.trim()
  if (TOKEN.test(token)) return token
  throw new Error(`${file} holds no token: 64 hex digits`)
}

/** The token of a home, made where there is none, or an empty file. To be called by who holds its store. */
export function homeToken(folder: string): string {
  const file = tokenFile(folder)
  const known = isEmpty(file) ? undefined : readToken(file)
  if (known !== undefined) return known
  const token = randomBytes(32).toString('hex')
  writeWhole(file, `${token}\n`, { replace: true })
  return token
}

function isEmpty(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.size === 0
}
