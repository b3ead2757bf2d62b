import { existsSync, readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { answer, listen } from '../support/peer-server.js'
import { call, get } from '../support/raw-http.js'

/** `chain serve`: nodes that run side by side, that come back as they were, and that stop when they are told to. */

interface Status {
  identity: string
  tip: string
  length: number
  peers: number
}

test('it says what it is, and how to try it', async () => {
  const machine = await Machine.create()
  const node = await machine.serve()
  await node.waitFor('stderr', /^try: /m)
  const { identity } = await machine.json<Status>('status')
  expect(node.stdout).toBe(
    [
      'chain 0.1.0',
      `  node      ${node.url}`,
      '  network   tutorial: the article "Learn Blockchains by Building One"',
      `  identity  ${identity}`,
      '  chain     1 block',
      `  folder    ${machine.data}/tutorial/${node.port}`,
      '',
    ].join('\n'),
  )
  expect(node.stderr).toMatch(
    new RegExp(`^try: curl ${node.url}/mine {3}\\(Ctrl-C stops the node and loses nothing\\)\n`),
  )
})

test('two on two ports with one data folder just work, and each has a chain of its own', async () => {
  const machine = await Machine.create()
  const [first, second] = await Promise.all([machine.serve(), machine.serve()])
  await machine.json('mine', '--port', String(first.port))
  const [one, two] = await Promise.all([
    machine.json<Status>('status', '--port', String(first.port)),
    machine.json<Status>('status', '--port', String(second.port)),
  ])
  expect([one.length, two.length]).toEqual([2, 1])
  expect(one.identity).not.toBe(two.identity)
})

test('a restart continues the same chain under the same identity, with its peers and pending transactions', async () => {
  const machine = await Machine.create()
  const port = String(await freePort())
  const first = await machine.serve('--port', port)
  await machine.json('mine', '--count', '1')
  await machine.json('peers', 'add', 'localhost:1')
  await machine.json('send', '--to', 'bob', '--amount', '5')
  const before = await machine.json<Status>('status')
  expect((await first.stop()).code).toBe(0)

  await machine.serve('--port', port)
  expect(await machine.json('status')).toEqual(before)
  expect(before).toMatchObject({ length: 2, pending: 1, peers: 1 })
})

test('a port that is taken is answered with one that is free, and the same node, which is not begun: exit 1', async () => {
  const machine = await Machine.create()
  const address = await listen((socket) => socket.end(answer('hello')))
  const port = address.split(':')[1]
  const { code, stdout, stderr } = await machine.run(
    ...['serve', '--port', port!, '--name', 'bob', '--network', 'tutorial-bound'],
  )
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  const free = new RegExp(
    `^error: port ${port} is taken by another program\ntry: chain (serve --port (\\d+) --name bob --network tutorial-bound)\n$`,
  ).exec(stderr)
  expect(stderr).toMatch(/^error: port/)
  expect(existsSync(join(machine.data, 'tutorial-bound'))).toBe(false)
  const node = await machine.serve(...free![1]!.split(' ').slice(1))
  expect(node.port).toBe(Number(free![2]))
})

test.each([[[]], [['--host', '0.0.0.0']]])(
  'a port on which another chain node runs: which one it is',
  async (flags) => {
    const machine = await Machine.create()
    const { port } = await machine.serve('--network', 'tutorial-bound')
    const { identity } = await machine.json<Status>('status')
    const { code, stdout, stderr } = await machine.run('serve', '--port', String(port), ...flags)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      new RegExp(
        `^error: port ${port} is taken by a chain node: network tutorial-bound, identity ${identity}\ntry: chain serve --port \\d+\n$`,
      ),
    )
  },
)

test('a serve that could not begin does not become the node used last', async () => {
  const machine = await Machine.create()
  await machine.json('mine', '--name', 'alice')
  const node = await machine.serve('--port', String(await freePort()), '--name', 'alice')
  expect((await machine.run('serve', '--port', String(node.port), '--name', 'bob')).code).toBe(1)
  await node.stop()
  expect((await machine.run('status')).stderr).toMatch(/^node alice /)
})

test('a second serve of the same home is told who holds it: exit 1', async () => {
  const machine = await Machine.create()
  const node = await machine.serve('--name', 'alice')
  expect(await machine.run('serve', '--name', 'alice', '--port', String(await freePort()))).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: the node alice is held by process ${node.pid}, which serves it at ${node.url}\ntry: chain status --name alice\n`,
  })
})

test('an address that is not of this machine is said to be none: exit 1', async () => {
  const machine = await Machine.create()
  const outcome = await machine.run('serve', '--host', '192.0.2.77', '--port', String(await freePort()))
  expect(outcome).toMatchObject({ code: 1, stdout: '' })
  expect(outcome.stderr).toMatch(/^error: 192\.0\.2\.77 is not an address of this machine\n/)
})

test.each([
  ['SIGINT', []],
  ['SIGTERM', []],
  ['SIGINT', ['--mine']],
  ['SIGTERM', ['--mine']],
  ['SIGINT', ['--follow', '86400']],
] as const)('%s stops serve %j: exit 0 within 5 s, and nobody is said to serve it any more', async (signal, flags) => {
  const machine = await Machine.create()
  const node = await machine.serve(...flags)
  const running = join(machine.data, 'tutorial', String(node.port), 'running.json')
  expect(existsSync(running)).toBe(true)
  if (flags[0] === '--mine') await node.waitFor('stderr', /block 3 found/)

  // The rule is about time: the process is to have ended by itself when the five seconds are over.
  const { code, stderr } = await within(5_000, node.stop(signal))
  expect(code).toBe(0)
  expect(stderr).toMatch(/^stopping\n/m)
  expect(existsSync(running)).toBe(false)
})

test('SIGINT while a client waits for a block that it asked for: the node stops all the same', async () => {
  const machine = await Machine.create()
  const node = await machine.serve()
  const asked = call(node.port, 'GET', '/mine').catch(() => undefined)
  const { code } = await within(5_000, node.stop())
  await asked
  expect(code).toBe(0)
})

test('what --mine found is there after the stop, to the last block that it told', async () => {
  const machine = await Machine.create()
  const node = await machine.serve('--mine')
  await node.waitFor('stderr', /block 5 found/)
  const { stderr } = await node.stop()
  const told = [...stderr.matchAll(/^block (\d+) found: proof \d+, [\d.]+ m?s$/gm)].map(([, height]) => Number(height))
  expect(told).toEqual(told.map((_, i) => i + 2))
  const { length } = await machine.json<Status>('status')
  expect(length).toBeGreaterThanOrEqual(told.at(-1)!)
})

test('kill -9: the next command notices, opens the home itself, and nothing that was acknowledged is lost', async () => {
  const machine = await Machine.create()
  const node = await machine.serve()
  await machine.json('mine')
  await machine.json('send', '--to', 'bob', '--amount', '1')
  await machine.json('mine')
  await machine.json('send', '--to', 'bob', '--amount', '2')
  await machine.json('send', '--to', 'bob', '--amount', '3')
  const before = await machine.json<Status>('status')
  await node.stop('SIGKILL')
  expect(existsSync(join(machine.data, 'tutorial', String(node.port), 'running.json'))).toBe(true)

  const { code, stderr } = await machine.run('status')
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `node ${node.port} of network tutorial, not running: opened for this command\n`,
  })
  expect(await machine.json('status')).toEqual(before)
  expect(await machine.json('pending')).toMatchObject({ total: 2 })
  const again = await machine.serve('--port', String(node.port))
  expect(await machine.json('status', '--node', again.url)).toEqual(before)
})

test('--peer registers, --follow adopts what they have, again and again', async () => {
  const machine = await Machine.create()
  const leader = await machine.serve('--name', 'leader')
  await machine.json('mine')
  const other = await Machine.create()
  const follower = await other.serve('--peer', leader.url, 'localhost:1', '--follow', '1')
  await follower.waitFor('stderr', /^our chain was replaced: 2 blocks now$/m)
  await follower.waitFor('stderr', /^warning: peer localhost:1 unreachable: nobody listens there$/m)
  expect(await other.json('peers', 'list')).toMatchObject({
    peers: [
      // It may have been asked again by now.
      { address: leader.address, lastAnswer: { outcome: expect.stringMatching(/^(adopted|equal)$/) } },
      { address: 'localhost:1', lastAnswer: { outcome: 'unreachable' } },
    ],
  })

  await machine.json('mine')
  await follower.waitFor('stderr', /^our chain goes on: 3 blocks now$/m)
  const [ours, theirs] = await Promise.all([machine.json<Status>('status'), other.json<Status>('status')])
  expect(theirs.tip).toBe(ours.tip)
  // Once, and not each second.
  const { code, stderr } = await follower.stop()
  expect(code).toBe(0)
  expect(stderr.match(/peer localhost:1/g)).toHaveLength(1)
})

test('--peer with something that is no address: exit 5, before anybody is told that there is a node, and there is none', async () => {
  const machine = await Machine.create()
  const port = String(await freePort())
  const { code, stdout, stderr } = await machine.run('serve', '--port', port, '--peer', 'http://x/y')
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
  expect(stderr).toMatch(/^error: "http:\/\/x\/y" is not the address of a node: leave out what follows the port\n/)
  expect(readdirSync(join(machine.data, 'tutorial'))).toEqual([])
  expect((await machine.run('status')).stderr).toMatch(/^node 5000 /)
})

test('--node is of no use to it: exit 2; one of the environment is for the other commands', async () => {
  const machine = await Machine.create()
  expect(await machine.run('serve', '--node', 'http://localhost:1')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'error: serve makes a node on this machine, and takes no --node\ntry: chain serve --peer URL, to have that node as a peer\n',
  })
  expect(existsSync(machine.data)).toBe(false)
  const served = machine.start(['serve', '--port', String(await freePort())], { CHAIN_NODE: 'http://localhost:1' })
  await served.waitFor('stdout', /folder/)
})

test('a full disk: --mine and --follow warn of it and go on when there is room; the node stops when it is told to', async () => {
  const machine = await Machine.create()
  const port = await freePort()
  // No file may grow beyond 16 blocks of 512 bytes; whoever has no handler for that signal is ended by it.
  const node = machine.startShell(
    `ulimit -f 16; exec "$NODE" "$CHAIN" serve --mine --follow 1 --peer http://localhost:1 --port ${port}`,
    { NODE_OPTIONS: "--import data:text/javascript,process.on('SIGXFSZ',()=>{})" },
  )
  await node.waitFor('stderr', /^warning: the node could not store it/m)
  expect((await get(port, '/api/status')).status).toBe(200)
  // The store begins another file when it is tried again.
  await node.waitFor('stderr', /^warning: the node could not store it[\s\S]*^block \d+ found/m)
  const { code, stderr } = await within(5_000, node.stop())
  expect(code).toBe(0)
  expect(stderr).toMatch(/^stopping\n/m)
})

test('--host 0.0.0.0 warns with the addresses under which others can reach it', async () => {
  const machine = await Machine.create()
  const node = await machine.serve('--host', '0.0.0.0')
  await node.waitFor('stderr', /^try: /m)
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
  expect(node.stderr.split('\n').filter((line) => line.startsWith('warning'))).toEqual(
    addresses.map(({ address }) => `warning: others can reach this node at http://${address}:${node.port}`),
  )
  expect(node.stdout).toContain(`  node      ${node.url}\n`)
})

test('--allow-host, as often as there are names: the node answers under them, too', async () => {
  const machine = await Machine.create()
  const node = await machine.serve('--allow-host', 'Node.example', '--allow-host', 'bücher.example')
  for (const Host of [`node.example:${node.port}`, 'xn--bcher-kva.example', 'localhost']) {
    expect((await get(node.port, '/api/health', { Host })).status).toBe(200)
  }
  const refused = await get(node.port, '/api/health', { Host: 'evil.example' })
  expect(refused.status).toBe(403)
  expect(refused.text).toContain('chain serve --allow-host NAME')
})

test.each(['node.example:80', 'http://node.example', 'a b', 'a/b', ''])(
  '--allow-host %j is not the name of a machine: exit 2, and no node is begun',
  async (name) => {
    const machine = await Machine.create()
    const outcome = await machine.run('serve', '--port', String(await freePort()), '--allow-host', name)
    expect(outcome).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${JSON.stringify(name)} is not the name of a machine\ntry: --allow-host node.example.org\n`,
    })
    expect(existsSync(join(machine.data, 'tutorial'))).toBe(false)
  },
)

test('it tells of each request, on stderr, and of none with -q', async () => {
  const machine = await Machine.create()
  const [loud, quiet] = await Promise.all([machine.serve('--name', 'loud'), machine.serve('--name', 'quiet', '-q')])
  await Promise.all([get(loud.port, '/api/health'), get(quiet.port, '/api/health')])
  await loud.waitFor('stderr', /^\d\d:\d\d:\d\d GET \/api\/health 200 \d+ ms$/m)
  expect((await quiet.stop()).stderr).toBe('')
})

test('a node goes on when nobody reads what it tells any more', async () => {
  const machine = await Machine.create()
  const node = await machine.serve('--mine')
  node.stopReadingNotes()
  const { height } = await machine.json<{ height: number }>('mine')
  expect(await machine.json<{ height: number }>('mine')).not.toMatchObject({ height })
  expect((await node.stop()).code).toBe(0)
})

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms).unref()
  })
  return Promise.race([work, late])
}
