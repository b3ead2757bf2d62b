import { spawnSync } from 'node:child_process'
import { test } from 'vitest'

/**
 * Tries a program of Linux that needs rights which not every machine gives.
 * @returns why it was refused, undefined where it was not
 * @throws where it is missing or fails for another reason, as that can be mended
 */
export function refusalOf(program: string, args: readonly string[]): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux'
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw new Error(`these tests need ${program}, which does not start: ${error.message}`)
  if (status === 0) return undefined
  if (/not permitted|permission denied|must be superuser/i.test(stderr)) return stderr.trim()
  throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`)
}

/** Says, in what the tests print and in their count, that something could not be tested. */
export function notTested(what: string, refusal: string): void {
  test(what, ({ skip }) => {
    process.stderr.write(`not tested here: ${what}: ${refusal}\n`)
    skip(refusal)
  })
}
