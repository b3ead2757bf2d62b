import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Signers } from '../../support/signatures.js'

const POOL = new URL('../../../dist/verification/signature-pool.js', import.meta.url).href

const [CHECK] = new Signers(1).checks(1)
const PARTS = [CHECK!.publicKey, CHECK!.message, CHECK!.signature].map((part) => Buffer.from(part).toString('base64'))

/** Runs a program that has nothing but a pool to do, and nothing else that keeps it alive. */
async function run(body: string): Promise<string> {
  const program = `
    import { SignaturePool } from ${JSON.stringify(POOL)}
    const [publicKey, message, signature] = ${JSON.stringify(PARTS)}.map((part) => Buffer.from(part, 'base64'))
    const checks = Array(500).fill({ publicKey, message, signature })
    const pool = new SignaturePool({ threads: 2 })
    ${body}
    console.log('done')`
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])).stdout
}

test('threads that check keep the process, idle ones do not', async () => {
  // The second time they are there already.
  const body = 'for (let i = 0; i < 2; i++) console.log(await pool.firstFault(checks))'
  expect(await run(body)).toBe('undefined\nundefined\ndone\n')
})

test('a pool that is closed while its threads check keeps the process until all is answered', async () => {
  const body = `
    await pool.firstFault(checks)
    const answer = pool.firstFault([...checks, { publicKey, message, signature: message }])
    await pool.close()
    console.log((await answer).index)`
  expect(await run(body)).toBe('500\ndone\n')
})

test('a close keeps the process until the threads have ended, also where they answer meanwhile', async () => {
  const body = `
    for (let i = 0; i < 15; i++) {
      const other = new SignaturePool({ threads: 3 })
      await other.firstFault(checks.slice(0, 30))
      void other.firstFault(checks.slice(0, 24))
      await new Promise((resolve) => setTimeout(resolve, i % 4))
      await other.close()
    }`
  expect(await run(body)).toBe('done\n')
})
