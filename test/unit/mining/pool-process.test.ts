import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { notTested } from '../../support/rights.js'

const POOL = new URL('../../../dist/mining/search-pool.js', import.meta.url).href

/** Runs a program that has nothing but pools to do, and nothing else that keeps it alive. */
const run = async (body: string, ...flags: string[]): Promise<string> => {
  const program = `
    import { setTimeout as delay } from 'node:timers/promises'
    import { SearchPool } from ${JSON.stringify(POOL)}
    const job = { kind: 'decimal', before: '100', after: '', zeros: 60 }
    ${body}
    console.log('done')`
  return (await promisify(execFile)(process.execPath, [...flags, '--input-type=module', '--eval', program])).stdout
}

test('a pool that is closed while its threads stop keeps the process until they have', async () => {
  const body = `
    for (let i = 0; i < 20; i++) {
      const pool = new SearchPool({ threads: 3 })
      const stop = new AbortController()
      const search = pool.search(job, { signal: stop.signal, onProgress: () => {} })
      const outcome = search.catch((error) => {
        if (error !== stop.signal.reason) throw error
      })
      await delay(60 + 10 * (i % 7))
      stop.abort()
      await Promise.all([outcome, pool.close()])
    }`
  expect(await run(body)).toBe('done\n')
})

test('idle threads keep no process', async () => {
  const body = `
    const pool = new SearchPool({ threads: 2 })
    await pool.search({ ...job, zeros: 1 }, { signal: new AbortController().signal, onProgress: () => {} })`
  expect(await run(body)).toBe('done\n')
})

const FIND = `
  const { solution } = await new SearchPool().search({ ...job, zeros: 4 }, { signal: new AbortController().signal, onProgress: () => {} })
  console.log(solution)`

test('a machine on which there is no WebAssembly mines all the same', async () => {
  expect(await run(FIND, '--jitless')).toBe('35293\ndone\n')
})

const NO_SIMD = 'so does one whose processor has no SIMD for it'
if (process.arch !== 'x64') notTested(NO_SIMD, 'V8 has that switch for x64 alone')
else
  test(NO_SIMD, async () => {
    expect(await run(FIND, '--no-enable-sse4-1')).toBe('35293\ndone\n')
  })
