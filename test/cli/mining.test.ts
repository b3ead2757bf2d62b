import { EventEmitter, once } from 'node:events'
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { type Environment, Machine } from '../support/cli.js'
import { answer, listen } from '../support/peer-server.js'
import { Screen } from '../support/pty.js'

/** What is seen of a search for a proof that takes long, and how it is given up. */

const ESCAPE = '\x1b'
const STATUS = {
  version: '1.2.3',
  network: 'tutorial',
  identity: 'miner',
  rewardsTo: null,
  length: 1,
  tip: 'ab'.repeat(32),
  pending: 0,
  peers: 0,
  mining: { hashes: 1_234_567, elapsedMs: 2_000, expectedHashes: 65_536 },
  syncing: null,
}

interface SlowMiner {
  readonly address: string
  /** Resolves when it is asked to mine. */
  readonly asked: Promise<unknown>
  /** Resolves when whoever asked hangs up. */
  readonly left: Promise<unknown>
}

/** A node that tells of a search, and never finds anything. */
async function slowMiner(): Promise<SlowMiner> {
  const events = new EventEmitter()
  const [asked, left] = [once(events, 'asked'), once(events, 'left')]
  const address = await listen((socket, head) => {
    if (head.startsWith('GET /api/status ')) {
      socket.end(answer(JSON.stringify(STATUS), { headers: { Connection: 'close' } }))
    } else if (head.startsWith('POST /api/mine ')) {
      socket.on('close', () => events.emit('left')).resume()
      events.emit('asked')
    }
  })
  return { address, asked, left }
}

test('on a terminal a search shows a spinner with its hashes, and never a time that is left', async () => {
  const { address, asked } = await slowMiner()
  const screen = Screen.run(await Machine.create(), ['mine', '--node', address], { columns: 200 })
  await asked
  await screen.waitFor(/searching: 1,234,567 hashes, 617,284\/s; on average 65,536 \(107 ms\)/)
  expect(screen.bytes).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/)
  expect(screen.text).not.toMatch(/left|remaining|ETA|%/)
})

test('Ctrl-C on a terminal: exit 130 at once, the cursor is shown again, the node is told by hanging up', async () => {
  const { address, asked, left } = await slowMiner()
  const screen = Screen.run(await Machine.create(), ['mine', '--node', address])
  await asked
  await screen.waitFor(/searching/)
  screen.type('\x03')
  expect(await screen.ended).toBe(130)
  await left
  const hidden = screen.bytes.lastIndexOf(`${ESCAPE}[?25l`)
  expect(screen.bytes.indexOf(`${ESCAPE}[?25h`, hidden)).toBeGreaterThan(hidden)
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s without a terminal: exit 130, and nothing on stdout', async (signal) => {
  const { address, asked, left } = await slowMiner()
  const running = (await Machine.create()).start(['mine', '--node', address])
  await asked
  const { code, stdout, stderr } = await running.stop(signal)
  await left
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  expect(stderr).toBe(`node of network tutorial, running at http://${address}\n`)
})

test('--json tells of the interruption in JSON', async () => {
  const { address, asked } = await slowMiner()
  const running = (await Machine.create()).start(['mine', '--node', address, '--json'])
  await asked
  const { code, stdout, stderr } = await running.stop()
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  expect(JSON.parse(stderr)).toEqual({ error: { code: 'interrupted', message: 'interrupted' } })
})

test('SIGINT between two blocks of --continuous: exit 130, and every block that it told is there', async () => {
  const machine = await Machine.create()
  const running = machine.start(['mine', '--continuous'])
  await running.waitFor('stdout', /✔ block 4 found/)
  const { code, stdout } = await running.stop()
  expect(code).toBe(130)
  // One line for each: nobody reads more of blocks that come by the second.
  expect(stdout).toMatch(/^(✔ block \d+ found: proof \d+, [\d,]+ hash(es)?, [^\n]+\n)+$/)
  const told = [...stdout.matchAll(/^✔ block (\d+) found/gm)].map(([, height]) => Number(height))
  const { length } = await machine.json<{ length: number }>('status')
  expect(length).toBeGreaterThanOrEqual(told.at(-1)!)
})

test.each([
  ['of --node', (address: string) => ['--node', address]],
  ['that serves', () => []],
])('--threads is refused with a node %s, which searches by itself: exit 2', async (_which, flags) => {
  const machine = await Machine.create()
  const { address } = await machine.serve()
  expect(await machine.run('mine', '--threads', '1', ...flags(address))).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(
      'error: --threads is for a search of this command: a node that runs searches with its own threads\ntry: chain serve --threads NUMBER',
    ),
  })
})

test('bench: a line for each kind of work, and each rate in JSON', async () => {
  const machine = await Machine.create()
  const rate = expect.any(Number)
  const rates = { plain: rate, oneThread: rate, allThreads: rate, engine: 'simd' }
  expect(await machine.json('bench', '--threads', '2')).toEqual({
    threads: 2,
    works: [
      { work: 'tutorial', ...rates, expectedHashes: 65_536 },
      { work: 'tutorial-bound', ...rates, expectedHashes: 65_536 },
      { work: 'header', ...rates, expectedHashes: null },
    ],
  })
})

test('Ctrl-C ends bench: exit 130', async () => {
  const screen = Screen.run(await Machine.create(), ['bench', '--seconds', '600'])
  await screen.waitFor(/measuring tutorial: a plain loop/)
  screen.type('\x03')
  expect(await screen.ended).toBe(130)
})

test('on a terminal stdout has the result alone: the spinner is on stderr, and leaves nothing', async () => {
  const machine = await Machine.create()
  // Searches that are not over before the spinner is loaded.
  await machine.run('network', 'new', '--zeros', '6')
  const result = `${machine.data}.txt`
  const screen = Screen.shell(
    machine,
    `chain mine --network tutorial-6 --count 2 > '${result}'; echo "ended with $?"; cat '${result}'`,
  )
  expect(await screen.ended).toBe(0)
  expect(screen.bytes).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/)
  const shown = screen.bytes.split('ended with 0\r\n')[1]!
  expect(shown).toMatch(/^✔ block 2 found: [^\r]*\r\n✔ block 3 found: [^\r]*\r\n/)
  expect(shown).not.toContain(ESCAPE)
})

test('when the block is found on a terminal, its line is what stays', async () => {
  const screen = Screen.run(await Machine.create(), ['mine', '--threads', '1'])
  expect(await screen.ended).toBe(0)
  expect(screen.text).toMatch(/✔ block 2 found: proof 35293, 35,294 hashes, [\d.]+ m?s\n/)
  expect(screen.bytes).toContain(`${ESCAPE}[32m✔${ESCAPE}[39m block ${ESCAPE}[1m2${ESCAPE}[22m found`)
})

test('without a terminal there is no escape code anywhere', async () => {
  const machine = await Machine.create()
  for (const args of [
    ['mine'],
    ['status'],
    ['chain'],
    ['resolve'],
    ['send', '--to', 'x', '--amount', '0'],
    ['--help'],
  ]) {
    const { stdout, stderr } = await machine.run(...args)
    expect(stdout + stderr).not.toContain(ESCAPE)
  }
})

const COLOUR = /\x1b\[[\d;]*m/

test.each<[string, string[], Environment]>([
  ['NO_COLOR', ['status'], { NO_COLOR: '1' }],
  ['--no-color', ['status', '--no-color'], {}],
  ['TERM=dumb', ['status'], { TERM: 'dumb' }],
  ['NO_COLOR while mining', ['mine'], { NO_COLOR: '1' }],
  ['--no-color while mining', ['mine', '--no-color'], {}],
  ['TERM=dumb while mining', ['mine'], { TERM: 'dumb' }],
])('%s: no colour on a terminal', async (_, args, environment) => {
  const screen = Screen.run(await Machine.create(), args, { environment })
  expect(await screen.ended).toBe(0)
  expect(screen.bytes).not.toMatch(COLOUR)
  if (environment.TERM === 'dumb') expect(screen.bytes).not.toContain(ESCAPE)
})

test('an empty NO_COLOR asks for nothing: a terminal has its colours', async () => {
  const screen = Screen.run(await Machine.create(), ['status'], { environment: { NO_COLOR: '' } })
  expect(await screen.ended).toBe(0)
  expect(screen.bytes).toMatch(COLOUR)
})

test('as many threads as four for each processor, and no more', async () => {
  const machine = await Machine.create()
  const most = 4 * availableParallelism()
  const { code, stderr } = await machine.run('mine', '--threads', String(most + 1))
  expect(code).toBe(2)
  expect(stderr).toContain(`from 1 to ${most}`)
})
