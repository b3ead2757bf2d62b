import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const TOKEN = /^[0-9a-f]{64}$/

/** Where the token of a home is: who can read it may do with the node what its operator may. */
export function tokenFile(folder: string): string {
  return join(folder, 'token')
}

/** The token in a file; undefined where there is no such file. @throws Error where it holds something else */
export function readToken(file: string): string | undefined {
  try {
    const token = readFileSync(file, 'utf8').trim()
    if (TOKEN.test(token)) return token
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  throw new Error(`${file} holds no token: 64 hex digits`)
}

/** The token of a home, made where there is none. To be called by who holds its store. */
export function homeToken(folder: string): string {
  const file = tokenFile(folder)
  const known = readToken(file)
  if (known !== undefined) return known
  const token = randomBytes(32).toString('hex')
  const beside = `${file}.new`
  rmSync(beside, { force: true })
  writeFileSync(beside, `${token}\n`, { mode: 0o600, flag: 'wx' })
  // Linked into place: a reader sees all of it or nothing.
  linkSync(beside, file)
  rmSync(beside)
  return token
}
