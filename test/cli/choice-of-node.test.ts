import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { answer, answering, deadAddress, listen } from '../support/peer-server.js'
import { KEY, Screen } from '../support/pty.js'
import { startPython } from '../support/python-node.js'

/** Which node a command talks to: --node, --port or --name, the one that runs, the one of several that a person chooses. */

test('the one node that runs is used, whatever its port', async () => {
  const machine = await Machine.create()
  const { port, url } = await machine.serve()
  const { code, stderr } = await machine.run('mine')
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `node ${port} of network tutorial, running at ${url}\n`,
  })
  expect(await machine.json('status', '--node', url)).toMatchObject({ length: 2 })
})

test('it is used rather than the node used last, and not when it is of another network than asked for', async () => {
  const machine = await Machine.create()
  await machine.json('mine', '--name', 'alice')
  const { port, url } = await machine.serve('--network', 'tutorial-bound')
  expect((await machine.run('status')).stderr).toBe(`node ${port} of network tutorial-bound, running at ${url}\n`)
  expect((await machine.run('status', '--network', 'tutorial')).stderr).toBe(
    'node 5000 of network tutorial, a new one: made for this command\n',
  )
})

test('two that run: an error that lists both where nobody can be asked, a question on a terminal', async () => {
  const machine = await Machine.create()
  const [first, second] = await Promise.all([machine.serve(), machine.serve('--name', 'bob')])
  const { port, url } = first

  expect(await machine.run('status')).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: 2 nodes are running, and none was chosen\ntry: add one of: --port ${port} (${url}), --name bob (${second.url})\n`,
  })
  expect((await Screen.run(machine, ['status', '--no-input']).ended) as number).toBe(2)

  const screen = Screen.run(machine, ['status'])
  await screen.waitFor(/Which node\?/)
  await screen.waitFor(new RegExp(`bob \\(tutorial, ${second.url}\\)`))
  screen.type(KEY.down + KEY.enter)
  expect(await screen.ended).toBe(0)
  expect(screen.text).toContain(`node bob of network tutorial, running at ${second.url}`)

  const interrupted = Screen.run(machine, ['status'])
  await interrupted.waitFor(/Which node\?/)
  interrupted.type(KEY.interrupt)
  expect(await interrupted.ended).toBe(130)
})

test('--port and --name choose among those that run, and those that do not', async () => {
  const machine = await Machine.create()
  const [first, second] = await Promise.all([machine.serve(), machine.serve('--name', 'bob')])
  await machine.json('mine', '--port', String(first.port))
  await machine.json('mine', '--name', 'bob', '--count', '1')
  expect(await machine.json('status', '--node', first.url)).toMatchObject({ length: 2 })

  // A node with a name has no home called by its port, and is found by it all the same.
  const { stderr } = await machine.run('mine', '--port', String(second.port))
  expect(stderr).toBe(`node bob of network tutorial, running at ${second.url}\n`)
  expect(await machine.json('status', '--node', second.url)).toMatchObject({ length: 3 })

  expect((await machine.run('mine', '--port', '5123')).stderr).toBe(
    'node 5123 of network tutorial, a new one: made for this command\n',
  )
})

test('--node goes before all others, with or without a scheme; CHAIN_NODE stands for it', async () => {
  const machine = await Machine.create()
  const other = await Machine.create()
  const [here, { url, address, port }] = await Promise.all([machine.serve(), other.serve()])
  const { identity } = await other.json('status')
  const stderr = `node of network tutorial, running at ${url}\n`

  for (const node of [url, `${url}/`, address]) {
    const outcome = await machine.run('balance', '--node', node)
    expect(outcome).toMatchObject({ code: 0, stdout: `0  ${identity}\n` })
  }
  expect(await machine.runWith({ CHAIN_NODE: `localhost:${port}` }, 'balance')).toMatchObject({
    code: 0,
    stdout: `0  ${identity}\n`,
  })
  expect(await machine.runWith({ CHAIN_NODE: here.url }, 'balance', '--node', url)).toMatchObject({ stderr })
})

test.each(['--port', '--name'])('what is typed, %s, wins over CHAIN_NODE', async (flag) => {
  const machine = await Machine.create()
  const CHAIN_NODE = `http://${await deadAddress()}`
  const { code, stderr } = await machine.runWith({ CHAIN_NODE }, 'mine', flag, '5123')
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'node 5123 of network tutorial, a new one: made for this command\n',
  })
})

test.each([
  ['status'],
  ['chain'],
  ['block'],
  ['tx', '1.0'],
  ['history'],
  ['balance'],
  ['pending'],
  ['resolve'],
  ['watch'],
  ['verify'],
  ['peers', 'list'],
  ['peers', 'remove', 'localhost:1'],
  ['export', '-'],
  ['send', '--to', 'bob', '--amount', '1', '--dry-run'],
])(
  '%s %s: there is nothing to be shown of a node that is not there; those that are there are named, none is made',
  async (...args) => {
    const machine = await Machine.create()
    expect(await machine.run(...args, '--name', 'alcie')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no node alcie of network tutorial\ntry: chain serve --name alcie makes one\n',
    })
    expect(existsSync(join(machine.data, 'tutorial'))).toBe(false)
    await machine.json('mine', '--name', 'alice')
    await machine.json('mine', '--port', '5001', '--network', 'tutorial-bound')
    expect((await machine.run(...args, '--name', 'alcie')).stderr).toContain(
      ' makes one; those that are there: --name alice, --port 5001 --network tutorial-bound\n',
    )
  },
)

test.each([
  ['peers', 'add', 'https://x:1'],
  ['send', '--from', '0', '--to', 'bob', '--amount', '1'],
])('%s %s that is refused leaves no node that was not there', async (...args) => {
  const machine = await Machine.create()
  expect((await machine.run(...args, '--name', 'bob')).code).toBe(5)
  expect(existsSync(join(machine.data, 'tutorial', 'bob'))).toBe(false)
})

test('a command that a hint names finds the same node: network, folder and all', async () => {
  const machine = await Machine.create()
  const folder = `${machine.data} of a class`
  const node = ['--data-dir', folder, '--network', 'tutorial-bound', '--name', 'ann']
  const { stderr } = await machine.run('send', '--to', 'bob', '--amount', '1', ...node)
  const command = /to have it mined: (chain mine .*)\n$/.exec(stderr)?.[1]
  expect(command).toBe(`chain mine --name ann --network tutorial-bound --data-dir '${folder}'`)
  expect((await machine.shell(command!)).stdout).toContain('with 2 transactions')
  // A network that is set is not taken for the one that was typed.
  await machine.json('config', 'set', 'network', 'tutorial-bound')
  const other = await machine.run('send', '--to', 'bob', '--amount', '1', '--network', 'tutorial')
  expect(other.stderr).toContain('to have it mined: chain mine --port 5000 --network tutorial\n')
})

test('a hint keeps the node that was chosen, also where what was typed is wrong or not there', async () => {
  const machine = await Machine.create()
  const { port, url } = await machine.serve()
  const flags = ['--port', String(port)]
  const hintOf = async (...args: string[]) => /\ntry: (.*)\n$/.exec((await machine.run(...args)).stderr)?.[1]
  expect(await hintOf('peers', 'remove', 'localhost:9', ...flags)).toBe(`chain peers list --port ${port} shows them`)
  expect(await hintOf('block', 'abc', ...flags)).toBe(`chain chain --port ${port} shows them`)
  expect(await hintOf('tx', 'zz', '--node', url)).toBe(`chain block --node ${url} shows those of a block`)
  await machine.json('peers', 'add', ...Array.from({ length: 64 }, (_, i) => `localhost:${i + 1}`))
  expect(await hintOf('peers', 'add', 'localhost:99', ...flags)).toBe(
    `chain peers remove HOST:PORT --port ${port}, for one that is not needed`,
  )
})

test('a node of another network than the one asked for is not used, and its network is told', async () => {
  const machine = await Machine.create()
  const { url } = await machine.serve()
  expect(await machine.run('mine', '--node', url, '--network', 'tutorial-bound')).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: the node at ${url} is of network tutorial, not tutorial-bound\ntry: --network tutorial\n`,
  })
  expect(await machine.json('status')).toMatchObject({ length: 1 })
})

test('a node that cannot be reached: exit 3, and how to have one', async () => {
  const address = await deadAddress()
  expect(await (await Machine.create()).run('status', '--node', address)).toEqual({
    code: 3,
    stdout: '',
    stderr: [
      `error: the node at http://${address} cannot be reached: nobody listens there`,
      `cause: connect ECONNREFUSED ${address}`,
      `try: chain serve --port ${address.split(':')[1]} starts a node there; or take another --node URL`,
      '',
    ].join('\n'),
  })
})

test('of another machine no command here starts a node', async () => {
  const outcome = await (await Machine.create()).run('status', '--node', 'nowhere.invalid:5000')
  expect(outcome).toMatchObject({ code: 3, stdout: '' })
  expect(outcome.stderr).toMatch(
    /\ntry: look whether a node runs there, and lets other machines in; or take another --node URL\n$/,
  )
})

test('a node of this machine is told by its name, also where it is chosen by its address', async () => {
  const machine = await Machine.create()
  const { url } = await machine.serve('--name', 'ann')
  expect((await machine.run('status', '--node', url)).stderr).toBe(`node ann of network tutorial, running at ${url}\n`)
})

test('a node that never answers: exit 7 after --timeout', async () => {
  const address = await listen(() => {})
  expect(await (await Machine.create()).run('status', '--node', address, '--timeout', '1')).toEqual({
    code: 7,
    stdout: '',
    stderr: `error: http://${address} did not answer within 1 s\ntry: give it longer with --timeout SECONDS\n`,
  })
})

test('of a node that does not answer soon it is said that it is waited for', async () => {
  const { url } = await (await Machine.create()).serve()
  const status = answer(await (await fetch(`${url}/api/status`)).text())
  let late: Socket | undefined
  const slow = await listen((socket) => {
    late = socket
  })
  const asking = (await Machine.create()).start(['status', '--node', slow])
  await asking.waitFor('stderr', new RegExp(`^http://${slow} has not answered yet: waiting for it\n$`))
  late!.end(status)
  await asking.waitFor('stderr', /running at/)
})

test.each<[string, (socket: Socket) => void, number, string]>([
  ['stalls', (socket) => socket.write('[{"index": 1, '), 7, 'did not answer within 1 s'],
  ['trickles', (socket) => every(100, socket, () => socket.write(' ')), 7, 'did not answer within 1 s'],
  ['never ends', (socket) => endlessly(socket), 1, 'is too large: more than 64 MiB\ntry: '],
])('a plain Python node whose chain %s: the command ends', async (_, behave, code, complaint) => {
  const address = await pythonWithChain(behave)
  const outcome = await (await Machine.create()).run('chain', '--node', address, '--timeout', '1')
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(outcome.stderr).toContain(`http://${address}`)
  expect(outcome.stderr).toContain(complaint)
})

test('Ctrl-C ends the waiting for its chain: exit 130', async () => {
  let asked = (): void => {}
  const askedOnce = new Promise<void>((resolve) => {
    asked = resolve
  })
  const address = await pythonWithChain(() => asked())
  const running = (await Machine.create()).start(['resolve', '--node', address])
  await askedOnce
  expect((await running.stop()).code).toBe(130)
})

/** A node without our own calls, and what it does with a chain that it has begun to send. */
function pythonWithChain(behave: (socket: Socket) => void): Promise<string> {
  return listen((socket, head) => {
    if (!head.startsWith('GET /chain ')) return void socket.end(answer('', { status: '404 Not Found' }))
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"chain": ')
    behave(socket)
  })
}

function every(ms: number, socket: Socket, work: () => void): void {
  const timer = setInterval(work, ms)
  socket.on('close', () => clearInterval(timer))
}

function endlessly(socket: Socket): void {
  const spaces = Buffer.alloc(1024 * 1024, ' ')
  const write = (): void => {
    while (!socket.destroyed && socket.write(spaces));
  }
  socket.on('drain', write)
  write()
}

test('Ctrl-C ends the waiting for a node that never answers at once: exit 130', async () => {
  const machine = await Machine.create()
  let asked = (): void => {}
  const askedOnce = new Promise<void>((resolve) => {
    asked = resolve
  })
  const address = await listen(() => asked())
  const screen = Screen.run(machine, ['mine', '--node', address])
  await askedOnce
  screen.type(KEY.interrupt)
  expect(await screen.ended).toBe(130)
})

const STATUS = {
  version: '1',
  network: 'tutorial',
  identity: 'a',
  rewardsTo: null,
  length: 2,
  tip: '0'.repeat(64),
  pending: 0,
  peers: 0,
  mining: null,
  syncing: null,
}
test.each<[what: string, why: string, body: string, status?: string]>([
  ['no JSON', 'it is not JSON', '<html>hello'],
  ['no object', 'it is not an object', '[]'],
  ['a status without a version', '"version" is missing', JSON.stringify({ ...STATUS, version: undefined })],
  ['a length that is none', '"length" is not a whole number', JSON.stringify({ ...STATUS, length: 1.5 })],
  ['a name that is none', '"identity" is not a text', JSON.stringify({ ...STATUS, identity: 5 })],
  ['a hash that is none', '"tip" has a form that no node gives it', JSON.stringify({ ...STATUS, tip: '00' })],
  ['another address', 'the status 302, and no node sends elsewhere', '', '302 Found'],
])('what answers %s is said to be no node, in words for people', async (_what, why, body, status = '200 OK') => {
  const machine = await Machine.create()
  const address = await answering(body, { status })
  for (const command of ['status', 'verify']) {
    expect(await machine.run(command, '--node', address)).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: http://${address}/api/status answered with something else than expected: ${why}\ntry: look whether that address is one of a node of this network\n`,
    })
  }
})

test('a port on which nobody of this machine serves is the home of that port, even if a stranger listens there', async () => {
  const machine = await Machine.create()
  const { port } = await startPython()
  expect((await machine.run('mine', '--port', String(port))).stderr).toBe(
    `node ${port} of network tutorial, a new one: made for this command\n`,
  )
  const { url } = await machine.serve('--port', String(await freePort()))
  expect((await machine.run('status')).stderr).toContain(`running at ${url}`)
})
