import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
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
    const token = beginningOf(file).trim()
    if (TOKEN.test(token)) return token
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
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

/** More than a token has: what a person names as its file may be anything. */
const MOST_BYTES = 1024

function beginningOf(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(MOST_BYTES)
    return bytes.toString('utf8', 0, readSync(descriptor, bytes))
  } finally {
    closeSync(descriptor)
  }
}
