import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Machine, type Running } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { KEY, Screen } from '../support/pty.js'
import { call } from '../support/raw-http.js'

/** One process holds a home. A command that holds it for long serves it to the others, and they go on when it ends. */

const OPENED = 'node 5000 of network tutorial, not running: opened for this command\n'
const WITHOUT_END = ['mine', '--count', '1000000']
const heldBy = (command: string, pid: number): string =>
  `node 5000 of network tutorial, held by \`chain ${command}\` (process ${pid})\n`

interface Note {
  readonly pid: number
  readonly command: string
  readonly identity: string
  readonly url?: string
}

const noteFile = (machine: Machine): string => join(machine.data, 'tutorial/5000/running.json')

function noteOf(machine: Machine): Note | undefined {
  try {
    return JSON.parse(readFileSync(noteFile(machine), 'utf8'))
  } catch {
    return undefined
  }
}

/** Waits until the home is served by this process. */
async function served(machine: Machine, { pid }: { pid: number }): Promise<Required<Note>> {
  await expect.poll(() => noteOf(machine), { timeout: 60_000 }).toMatchObject({ pid, url: expect.any(String) })
  return noteOf(machine) as Required<Note>
}

/** Starts a command that mines on and on, and waits until it serves its home. */
async function miner(machine: Machine): Promise<Running> {
  const running = machine.start(WITHOUT_END)
  await served(machine, running)
  return running
}

/** The blocks that a `mine` has told of, with the first digits of their hashes. */
function told({ stdout }: { stdout: string }): { height: number; hash: string }[] {
  const blocks = stdout.matchAll(/^✔ block (\d+) found.*, hash (\w{12})…$/gm)
  return [...blocks].map(([, height, hash]) => ({ height: Number(height), hash: hash! }))
}

/** No block that anybody was told of is missing, or stands where another one does. */
async function expectInChain(machine: Machine, blocks: readonly { height: number; hash: string }[]): Promise<void> {
  const { length } = await machine.json<{ length: number }>('status')
  const chain: { height: number; hash: string }[] = []
  for (let from = 1; from <= length; from += 1000) {
    const page = await machine.json<{ blocks: typeof chain }>('chain', '--from', String(from), '--limit', '1000')
    chain.push(...page.blocks)
  }
  expect(chain).toHaveLength(length)
  expect(new Set(blocks.map(({ height }) => height)).size).toBe(blocks.length)
  for (const { height, hash } of blocks)
    expect(chain[height - 1]).toMatchObject({ height, hash: expect.stringMatching(`^${hash}`) })
}

test('while a command mines, others use its node: what they see and do is right, and no block is lost', async () => {
  const machine = await Machine.create()
  const holder = await miner(machine)
  const stderr = heldBy('mine', holder.pid)

  const status = await machine.run('status')
  expect(status).toMatchObject({ code: 0, stderr })
  expect(status.stdout).toMatch(/^chain {7}\d+ blocks$/m)
  expect(await machine.run('send', '--to', 'bob', '--amount', '3')).toMatchObject({
    code: 0,
    stderr: `${stderr}to have it mined: chain mine --port 5000\n`,
  })
  const mined = await machine.run('mine', '--count', '3')
  expect(mined).toMatchObject({ code: 0, stderr })
  expect(told(mined)).toHaveLength(3)
  expect(await machine.json('balance', 'bob')).toMatchObject({ amount: '3' })
  expect((await machine.run('chain')).stdout).toMatch(/^20 blocks of \d+; /m)

  const ended = await holder.stop()
  expect(ended.code).toBe(130)
  expect(noteOf(machine)).toBeUndefined()
  expect((await machine.run('status')).stderr).toBe(OPENED)
  await expectInChain(machine, [...told(ended), ...told(mined)])
})

test('a command that comes before the home is served waits until it is', async () => {
  const machine = await Machine.create()
  const holder = machine.start(WITHOUT_END)
  await holder.waitFor('stderr', /made for this command/)
  const { code, stderr } = await machine.run('status', '-q')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(noteOf(machine)).toMatchObject({ pid: holder.pid, command: 'mine' })
})

test.each([
  ['is interrupted', 'SIGINT', 130],
  ['is killed', 'SIGKILL', null],
] as const)(
  'when the holder %s, who mined with it goes on by itself, and no block is lost',
  async (_, signal, code) => {
    const machine = await Machine.create()
    const holder = await miner(machine)
    const other = machine.start(WITHOUT_END)
    await other.waitFor('stderr', new RegExp(`held by \`chain mine\` \\(process ${holder.pid}\\)`))
    await other.waitFor('stdout', /✔ block \d+ found/)
    const first = await holder.stop(signal)
    expect(first.code).toBe(code)

    await other.waitFor('stderr', /not running: opened for this command\n$/)
    const before = told(other).length
    await served(machine, other)
    expect((await machine.run('status')).stderr).toBe(heldBy('mine', other.pid))
    await other.waitFor('stdout', new RegExp(`(✔ block \\d+ found[^✔]*){${before + 2}}`))
    const second = await other.stop()
    expect(second.code).toBe(130)
    await expectInChain(machine, [...told(first), ...told(second)])
  },
)

test('several that mine at once hand the home on to each other: each finds as many blocks as it was told to', async () => {
  const machine = await Machine.create()
  const counts = [8, 12, 16]
  const outcomes = await Promise.all(counts.map((count) => machine.run('mine', '--count', String(count))))
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(outcomes.map((outcome) => told(outcome).length)).toEqual(counts)
  expect(await machine.json('status')).toMatchObject({ length: 1 + 8 + 12 + 16 })
  await expectInChain(machine, outcomes.flatMap(told))
})

test('Ctrl-C of the holder: whoever asked it something has a whole answer', async () => {
  const machine = await Machine.create()
  const holder = await miner(machine)
  const port = Number(new URL((await served(machine, holder)).url).port)
  const asked = Array.from({ length: 20 }, () => call(port, 'POST', '/api/mine'))
  // Whoever asks last is answered when the others have been heard.
  await call(port, 'GET', '/api/status')
  // The searches are done in turn: when the first is answered, the others wait for it.
  await Promise.race(asked)
  const stopping = holder.stop()
  const answers = (await Promise.all(asked)).map(({ status, text }) => ({ status, body: JSON.parse(text) }))
  const ended = await stopping
  expect(ended.code).toBe(130)
  for (const { status, body } of answers.filter(({ status }) => status !== 200)) {
    expect({ status, body }).toEqual({
      status: 503,
      body: { error: { code: 'shutting-down', message: 'the node is shutting down' } },
    })
  }
  const mined = answers.filter(({ status }) => status === 200).map(({ body }) => body)
  expect(mined.length).toBeGreaterThan(0)
  await expectInChain(machine, [...told(ended), ...mined])
})

test('a command that asks a person holds its home, too, and serves it meanwhile', async () => {
  const machine = await Machine.create()
  const screen = Screen.run(machine, ['send', '--amount', '2.5'])
  await screen.waitFor(/To whom\?/)
  const { pid } = await served(machine, screen)
  expect((await machine.run('mine')).stderr).toBe(heldBy('send', pid))
  screen.type(`bob${KEY.enter}`)
  expect(await screen.ended).toBe(0)
  expect(screen.text).toContain('pending: block 3 will hold it')
  expect(await machine.json('pending')).toMatchObject({ transactions: [{ recipient: 'bob', amount: 2.5 }] })
})

test('serve is told which command holds the home: exit 1, and how to use it meanwhile', async () => {
  const machine = await Machine.create()
  const holder = await miner(machine)
  expect(await machine.run('serve', '--name', '5000', '--port', String(await freePort()))).toEqual({
    code: 1,
    stdout: '',
    stderr: [
      `error: the node 5000 is held by \`chain mine\` (process ${holder.pid})`,
      'try: wait until it has ended, or end it with Ctrl-C; other commands can use the node meanwhile',
      '',
    ].join('\n'),
  })
})

test('a home that a command holds is not taken for a node that runs', async () => {
  const machine = await Machine.create()
  const [holder, node] = [await miner(machine), await machine.serve('--name', 'alice')]
  expect((await machine.run('status')).stderr).toBe(`node alice of network tutorial, running at ${node.url}\n`)
  const { url } = await served(machine, holder)
  expect((await machine.run('mine', '--port', new URL(url).port)).stderr).toMatch(/a new one: made/)
  expect((await machine.run('status', '--name', '5000')).stderr).toBe(heldBy('mine', holder.pid))
})

test('kill -9 of the holder: what it noted disturbs nobody', async () => {
  const machine = await Machine.create()
  const holder = await miner(machine)
  await holder.stop('SIGKILL')
  expect(noteOf(machine)).toMatchObject({ pid: holder.pid })
  expect(await machine.run('status')).toMatchObject({ code: 0, stderr: OPENED })
  expect(noteOf(machine)).toBeUndefined()
  await expectInChain(machine, told(holder))
})

test('a note whose process and port are those of another node by now leads nobody to that node', async () => {
  const machine = await Machine.create()
  await machine.run('mine', '--count', '2')
  const { identity } = await machine.json<{ identity: string }>('status')
  const other = await machine.serve('--name', 'other')
  await writeFile(noteFile(machine), JSON.stringify({ pid: other.pid, command: 'mine', identity, url: other.url }))
  const { code, stdout, stderr } = await machine.run('status', '--name', '5000')
  expect({ code, stderr }).toEqual({ code: 0, stderr: OPENED })
  expect(stdout).toContain(`identity    ${identity}\nchain       3 blocks\n`)
})
