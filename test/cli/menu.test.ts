import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Environment, Machine } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { KEY, Screen } from '../support/pty.js'

/** `chain` alone on a terminal: a newcomer gets everywhere, out of everything, and learns the commands. */

const QUESTION = /\? What next\?/

/** Chooses from the list that follows a question. */
async function choose(screen: Screen, name: string, question = QUESTION): Promise<void> {
  await screen.next(question)
  // Lists are searched by the beginning of a name.
  screen.type(name)
  await screen.next(new RegExp(`❯ ${name}`))
  screen.type(KEY.enter)
}

async function answer(screen: Screen, question: RegExp, text: string): Promise<void> {
  await screen.next(question)
  screen.type(`${text}${KEY.enter}`)
}

async function quit(screen: Screen): Promise<void> {
  await choose(screen, 'quit')
  expect(await screen.ended).toBe(0)
}

test('it shows the node, does what is chosen, says which command does the same, and asks again', async () => {
  const machine = await Machine.create()
  const screen = Screen.run(machine, [])
  await screen.next(/network {3}tutorial: .*\nidentity {2}\w{32}\nchain {5}1 block, 0 pending, 0 peers\n/)

  await choose(screen, 'send')
  await answer(screen, /\? To whom\?/, '홍길동')
  await answer(screen, /\? How much\?/, '2.5')
  await screen.next(/\n\$ chain send --to '홍길동' --amount 2\.5 --port 5000\n/)
  await screen.next(/✔ pending: block 2 will hold it/)
  await screen.next(/chain {2}1 block, 1 pending, 0 peers/)

  await choose(screen, 'mine')
  await screen.next(/\n\$ chain mine --port 5000\n/)
  await screen.next(/✔ block 2 found: proof 35293/)
  await screen.next(/chain {2}2 blocks, 0 pending, 0 peers/)

  await quit(screen)
  expect((await machine.run('balance', '홍길동')).stdout).toBe('2.5  홍길동\n')
})

test.each([
  ['balance', /Whose\?/, 'bob', 'balance bob --port 5000', /0 {2}bob/],
  ['history', /Whose\?/, '', 'history --port 5000', /no transactions in the chain name this address/],
  ['blocks', undefined, '', 'chain --port 5000', /block {2}time .*\n {4}1 .*\n1 block\n/],
  ['one transaction', /Which one\?/, '1.0', 'tx 1.0 --port 5000', /error: /],
  ['pending', undefined, '', 'pending --port 5000', /no pending transactions/],
  ['resolve', undefined, '', 'resolve --port 5000', /there are no peers to ask/],
  ['status', undefined, '', 'status --port 5000', /last block {2}\w{64}/],
] as const)('%s', async (name, question, text, command, shown) => {
  const screen = Screen.run(await Machine.create(), [])
  await choose(screen, name)
  if (question !== undefined) await answer(screen, question, text)
  await screen.next(new RegExp(`\\$ chain ${command}\\n`))
  await screen.next(shown)
  await quit(screen)
})

test('peers, files, networks and settings have lists of their own, which go back', async () => {
  const machine = await Machine.create()
  const file = `${machine.data}.jsonl`
  const screen = Screen.run(machine, [])
  await choose(screen, 'peers')
  await choose(screen, 'back', /\? Peers/)
  await choose(screen, 'peers')
  await choose(screen, 'add', /\? Peers/)
  await answer(screen, /Its address\?/, 'http://localhost:5002')
  await screen.next(/\$ chain peers add http:\/\/localhost:5002 --port 5000\n/)
  await screen.next(/registering is one-way/)
  await choose(screen, 'check')
  await choose(screen, 'write', /\? The chain/)
  await answer(screen, /Which file\?/, file)
  await screen.next(/✔ 1 block written to/)
  await choose(screen, 'networks')
  await choose(screen, 'make', /\? Networks/)
  await choose(screen, 'tutorial-bound', /\? By whose rules/)
  await answer(screen, /How many zeros\?/, '3')
  await answer(screen, /Its name\?/, '')
  await screen.next(/\$ chain network new --rules tutorial-bound --zeros 3\n/)
  await screen.next(/chain serve --network tutorial-bound-3/)
  await choose(screen, 'settings')
  await choose(screen, 'set limit', /\? Settings/)
  await answer(screen, /To what\?/, '5')
  await screen.next(/\$ chain config set limit 5\n/)
  await screen.next(/limit is 5/)
  await quit(screen)
  expect(existsSync(file)).toBe(true)
  expect(await machine.json('config', 'get', 'limit')).toEqual({ limit: { value: 5, source: 'set' } })
  expect((await machine.json<{ networks: unknown[] }>('network', 'list')).networks).toHaveLength(5)
})

test('an error is shown with what to try, and the menu goes on', async () => {
  const screen = Screen.run(await Machine.create(), [])
  await choose(screen, 'one block')
  await answer(screen, /Which one\?/, '99')
  await screen.next(/error: there is no block 99: the chain has 1, counted from 1\n/)
  await choose(screen, 'peers')
  await choose(screen, 'add', /\? Peers/)
  await answer(screen, /Its address\?/, '5002')
  await screen.next(/error: 5002 is a port alone\ntry: chain peers add http:\/\/localhost:5002 --port 5000\n/)
  await quit(screen)
})

test('an amount that is none is asked for again', async () => {
  const machine = await Machine.create()
  const screen = Screen.run(machine, [])
  await choose(screen, 'send')
  await answer(screen, /\? To whom\?/, 'bob')
  await answer(screen, /\? How much\?/, 'x')
  await screen.next(/an amount is a number above zero/)
  screen.type(`${'\x7f'}7${KEY.enter}`)
  await screen.next(/\$ chain send --to bob --amount 7 --port 5000\n/)
  await screen.next(/✔ pending/)
  await quit(screen)
})

test('Ctrl-C goes back from a question and from what runs; at the menu it ends the program: 130', async () => {
  const machine = await Machine.create()
  const port = String(await freePort())
  const screen = Screen.run(machine, ['--port', port])
  await choose(screen, 'send')
  await screen.next(/\? To whom\?/)
  screen.type(KEY.interrupt)
  await choose(screen, 'watch')
  await screen.next(/watching; Ctrl-C ends it/)
  screen.type(KEY.interrupt)
  await choose(screen, 'serve')
  await screen.next(new RegExp(`try: curl http://127\\.0\\.0\\.1:${port}/mine`))
  screen.type(KEY.interrupt)
  await screen.next(QUESTION)
  screen.type(KEY.interrupt)
  expect(await screen.ended).toBe(130)
  expect((await machine.json<{ total: number }>('pending', '--port', port)).total).toBe(0)
})

test('the end of the input ends it as well', async () => {
  const screen = Screen.run(await Machine.create(), [])
  await screen.next(QUESTION)
  screen.type(KEY.endOfInput)
  expect(await screen.ended).toBe(130)
})

test('a question that needs an answer asks again for an empty one', async () => {
  const screen = Screen.run(await Machine.create(), [])
  await choose(screen, 'send')
  await answer(screen, /\? To whom\?/, ' ')
  await screen.next(/please write something/)
  screen.type(KEY.interrupt)
  await quit(screen)
})

test('commands get the flags that it was begun with, and go where it went', async () => {
  const machine = await Machine.create()
  const other = `${machine.data}-other`
  const screen = Screen.run(machine, ['--data-dir', other, '--name', 'ada', '--network', 'tutorial-bound'])
  await choose(screen, 'mine')
  await screen.next(/\$ chain mine --data-dir \S+-other --name ada --network tutorial-bound\n/)
  await screen.next(/✔ block 2 found/)
  await screen.next(/chain {2}2 blocks/)
  await quit(screen)
  expect(existsSync(join(other, 'tutorial-bound', 'ada'))).toBe(true)
  expect(existsSync(machine.data)).toBe(false)
  expect(existsSync(machine.environment.HOME!)).toBe(false)
})

test('of several nodes that run it asks for one, once', async () => {
  const machine = await Machine.create()
  await machine.serve()
  await machine.serve()
  const screen = Screen.run(machine, [])
  await screen.next(/Which node\?/)
  const [, port] = await screen.next(/❯ (\d+) /)
  screen.type(KEY.enter)
  await choose(screen, 'mine')
  await screen.next(new RegExp(`\\$ chain mine --port ${port}\\n`))
  await screen.next(/chain {2}2 blocks/)
  await quit(screen)
  expect(screen.text.match(/✔ Which node\?/g)).toHaveLength(1)
})

test('a node elsewhere cannot be served or reset; when it ends, that is said, and the menu goes on', async () => {
  const machine = await Machine.create()
  const node = await (await Machine.create()).serve()
  const screen = Screen.run(machine, ['--node', node.url], { rows: 60 })
  await screen.waitFor(/quit/)
  expect(screen.text).not.toMatch(/^[❯ ] (serve|begin anew)$/m)
  await node.stop()
  await choose(screen, 'status')
  await screen.next(/error: .*\n/)
  await quit(screen)
  expect(existsSync(join(machine.data, 'tutorial'))).toBe(false)
})

test('of a node that another process has only what works is offered', async () => {
  const machine = await Machine.create()
  const node = await machine.serve()
  const screen = Screen.run(machine, [], { rows: 60 })
  await screen.waitFor(/quit/)
  expect(screen.text).not.toMatch(/^[❯ ] (serve|begin anew)$/m)
  await choose(screen, 'check')
  await choose(screen, 'back', /\? The chain/)
  expect(screen.text).not.toContain('adopt that of a file')
  // It is free again.
  await node.stop()
  await choose(screen, 'networks')
  await choose(screen, 'back', /\? Networks/)
  await choose(screen, 'status')
  await choose(screen, 'serve')
  await screen.next(/try: curl/)
  screen.type(KEY.interrupt)
  await quit(screen)
})

test('which node it is stands there once for each command, and above the first question the end of the list is the last choice', async () => {
  const screen = Screen.run(await Machine.create(), [])
  await screen.next(QUESTION)
  screen.type(KEY.up)
  await screen.next(/❯ quit/)
  screen.type('status')
  await screen.next(/❯ status/)
  screen.type(KEY.enter)
  await screen.next(/chain {2}1 block, 0 pending/)
  await quit(screen)
  expect(screen.text.match(/^node 5000 of network tutorial, /gm)).toHaveLength(2)
})

const COLOUR = /\x1b\[[\d;]*m/g
/** Black, yellow, white, grey and the bright ones, and backgrounds: on some screen they cannot be read. */
const ILLEGIBLE = /^(30|33|37|4\d|9\d|10\d|38|48)$/

test('its colours can be read on dark and on light screens', async () => {
  const screen = Screen.run(await Machine.create(), [])
  await choose(screen, 'mine')
  await screen.next(/chain {2}2 blocks/)
  await choose(screen, 'one block')
  await answer(screen, /Which one\?/, '99')
  await quit(screen)
  const codes = [...screen.bytes.matchAll(COLOUR)].flatMap(([code]) => code.slice(2, -1).split(';'))
  expect(codes.length).toBeGreaterThan(10)
  expect(codes.filter((code) => ILLEGIBLE.test(code) && code !== '49')).toEqual([])
})

test.each<[string, string[], Environment]>([
  ['NO_COLOR', [], { NO_COLOR: '1' }],
  ['--no-color', ['--no-color'], {}],
  ['--no-color, even where FORCE_COLOR is set', ['--no-color'], { FORCE_COLOR: '1' }],
])('%s: no colour in the menu', async (_, args, environment) => {
  const screen = Screen.run(await Machine.create(), args, { environment })
  await choose(screen, 'blocks')
  await screen.next(/1 block\n/)
  await quit(screen)
  expect(screen.bytes).not.toMatch(COLOUR)
  expect(screen.text).not.toContain('Warning')
})

test.each<[string, string[], Environment]>([
  ['on a terminal that cannot redraw a list', [], { TERM: 'dumb' }],
  ['with --no-input', ['--no-input'], {}],
])('%s there is no menu: help, exit 2', async (_, args, environment) => {
  const machine = await Machine.create()
  const screen = Screen.run(machine, args, { environment })
  expect(await screen.ended).toBe(2)
  expect(screen.text).toContain('Usage: chain ')
  expect(existsSync(machine.data)).toBe(false)
})

test('on a terminal of 24 lines the list leaves room for what was shown, and says how much there is', async () => {
  const screen = Screen.run(await Machine.create(), [], { rows: 24 })
  await screen.waitFor(/⏎ select • \d+ choices/)
  const list = screen.text.slice(screen.text.lastIndexOf('? What next?')).split('\n')
  expect(list.length).toBeLessThanOrEqual(16)
  await quit(screen)
})
