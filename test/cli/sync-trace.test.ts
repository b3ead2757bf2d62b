import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { get, post } from '../support/raw-http.js'
import { notTested } from '../support/rights.js'
import { deedsIn, refusalToTrace, syncedPaths, tracing } from '../support/system-calls.js'

/** What a node asks of the system, as strace sees it. `sync-before-answer.test.ts` defends the rule where that is refused, too. */

const payment = (recipient: string): string => `{"sender": "ada", "recipient": "${recipient}", "amount": 5}`

const refusal = refusalToTrace()
if (refusal === undefined) {
  test('the log is on the disk before the answer to POST /transactions/new and GET /mine leaves', async () => {
    const machine = await Machine.create()
    const trace = `${machine.data}.trace`
    const port = await freePort()
    const stop = await serveTraced(machine, port, tracing(trace))
    for (const recipient of ['bob', 'eve', 'zoe']) {
      expect((await post(port, '/transactions/new', payment(recipient))).status).toBe(201)
    }
    expect((await get(port, '/mine')).status).toBe(200)
    expect((await post(port, '/nodes/register', '{"nodes": ["localhost:1"]}')).status).toBe(201)
    expect((await get(port, '/mine')).status).toBe(200)
    await stop()
    // The first block, and then each of the six answers.
    const stored = ['write', 'sync']
    expect(deedsIn(trace)).toEqual([
      ...stored,
      ...Array(6)
        .fill([...stored, 'answer'])
        .flat(),
    ])
  })

  test('the folders of a new home are on the disk before the node is announced', async () => {
    const machine = await Machine.create()
    const trace = `${machine.data}.trace`
    const port = await freePort()
    await serveTraced(machine, port, tracing(trace))
    const home = join(machine.data, 'tutorial', String(port))
    const folders = [dirname(machine.data), machine.data, dirname(home), home, join(home, 'chain')]
    expect(syncedPaths(trace)).toEqual(expect.arrayContaining(folders))
  })

  test('a disk that fails after the log was written: refused, not there later, and the next one is stored', async () => {
    const machine = await Machine.create()
    const port = await freePort()
    const log = join(machine.data, 'tutorial', String(port), 'chain', '000003.log')
    // Of the log alone: its second sync is that of the first payment.
    const failing = tracing(`${machine.data}.trace`, `-P '${log}'`, '-e inject=fdatasync:error=EIO:when=2')
    const stop = await serveTraced(machine, port, failing)
    const refused = await post(port, '/transactions/new', payment('bob'))
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([507, { error: { code: 'cannot-write' } }])
    expect((await post(port, '/transactions/new', payment('eve'))).status).toBe(201)
    expect(JSON.parse((await get(port, '/api/pending')).text)).toMatchObject({ total: 1 })
    await stop()
    expect(await machine.json('pending')).toMatchObject({ total: 1, transactions: [{ recipient: 'eve' }] })
  })
} else {
  notTested('the system calls of a node', refusal)
}

/** Serves a node under strace. @returns how to kill it, as strace itself does not pass that on */
async function serveTraced(machine: Machine, port: number, before: string): Promise<() => Promise<void>> {
  // Its threads are told apart when calls are counted: the store's work is done by one.
  const environment = { UV_THREADPOOL_SIZE: '1' }
  const running = machine.startShell(`exec ${before} "$NODE" "$CHAIN" serve --json --port ${port}`, environment)
  await running.waitFor('stdout', /\n/)
  const { pid } = JSON.parse(running.stdout) as { pid: number }
  let isRunning = true
  const stop = async (): Promise<void> => {
    if (isRunning) process.kill(pid, 'SIGKILL')
    isRunning = false
    await running.ended
  }
  onTestFinished(stop)
  return stop
}
