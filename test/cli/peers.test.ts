import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildChain, chainAnswer, type PlainBlock } from '../support/chains.js'
import { Machine } from '../support/cli.js'
import { answering, deadAddress } from '../support/peer-server.js'

/** Registered nodes, and what `chain resolve` says of each: why its chain was or was not taken. */

const THREE = buildChain({ length: 3, zeros: 4 })
const FIVE = buildChain({ length: 5, zeros: 4, from: THREE })
const BOUND = buildChain({ length: 5, zeros: 4, edition: 'bound' })

function peerWith(chain: readonly unknown[], length?: number): Promise<string> {
  return answering(chainAnswer(chain, length))
}

test('peers are added in the forms that people write, listed as host:port, and removed', async () => {
  const machine = await Machine.create()
  const opened = 'node 5000 of network tutorial, not running: opened for this command\n'
  expect(await machine.run('peers', 'list')).toEqual({
    code: 0,
    stdout: 'no peers; chain peers add http://HOST:PORT --port 5000 registers one\n',
    stderr: 'node 5000 of network tutorial, a new one: made for this command\n',
  })
  expect(
    await machine.run('peers', 'add', 'http://192.168.0.5:5000', 'localhost:5002', 'HTTP://LocalHost:5002/'),
  ).toEqual({
    code: 0,
    stdout: '192.168.0.5:5000\nlocalhost:5002\n2 peers\n',
    stderr: `${opened}registering is one-way: to be asked in turn, add this node there, too\nto ask them for their chains: chain resolve --port 5000\n`,
  })
  expect((await machine.run('peers', 'remove', 'http://192.168.0.5:5000')).stdout).toBe('localhost:5002\n1 peer\n')
  expect((await machine.run('peers', 'list')).stdout).toBe(
    'peer            last answer                time  blocks\nlocalhost:5002  not asked since its start\n1 peer\n',
  )
})

test.each([
  [['add', 'https://example.org'], 'nodes speak http, not https'],
  [['add', 'http://a:b@localhost:1'], 'leave out the name and password'],
  [['add', 'localhost:1/chain'], 'leave out what follows the port'],
  [['add', 'localhost:1', ''], 'is not the address of a node'],
  [['remove', 'localhost:5009'], 'localhost:5009 is not registered'],
])('peers %j is refused: exit 5, and no peer is added', async (args, complaint) => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.run('peers', ...args)
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
  expect(stderr).toContain(complaint)
  expect(await machine.json('peers', 'list')).toEqual({ peers: [] })
})

test.each([
  ['localhost', '"localhost" names no port', 'localhost:5000'],
  ['192.168.0.5', '"192.168.0.5" names no port', '192.168.0.5:5000'],
  ['[::1]', '"[::1]" names no port', '[::1]:5000'],
  ['http://localhost/', '"http://localhost/" names no port', 'http://localhost:5000'],
  ['5002', '5002 is a port alone', 'http://localhost:5002'],
])(
  '%s is half an address of a peer: exit 2, the whole command is named, and no node is made',
  async (text, why, whole) => {
    const machine = await Machine.create()
    for (const command of ['peers add', 'serve --peer']) {
      expect(await machine.run(...command.split(' '), text, '--port', '5009')).toEqual({
        code: 2,
        stdout: '',
        stderr: `error: ${why}\ntry: chain ${command} ${whole} --port 5009\n`,
      })
    }
    expect(existsSync(join(machine.data, 'tutorial'))).toBe(false)
  },
)

test('port 80 is taken where it is written', async () => {
  const peers = { peers: ['localhost:80'] }
  expect(await (await Machine.create()).json('peers', 'add', 'http://localhost:80')).toEqual(peers)
})

test('the notes of `peers add` fit a terminal of 80 columns', async () => {
  const { stderr } = await (await Machine.create()).run('peers', 'add', 'localhost:5002')
  for (const line of stderr.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('the same with a node that runs', async () => {
  const machine = await Machine.create()
  await machine.serve()
  expect(await machine.json('peers', 'add', 'http://[::1]:5002')).toEqual({ peers: ['[::1]:5002'] })
  expect(await machine.run('peers', 'remove', 'localhost:1')).toMatchObject({ code: 5, stdout: '' })
  expect(await machine.json('peers', 'remove', 'http://[::1]:5002')).toEqual({ peers: [] })
})

test('a node is no peer of itself: alone it is refused, from a list of all nodes it takes the others', async () => {
  const machine = await Machine.create()
  const { port, url } = await machine.serve()
  for (const itself of [url, `localhost:${port}`]) {
    const { code, stderr } = await machine.run('-q', 'peers', 'add', itself)
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: `error: ${itself.replace('http://', '')} is this node itself\ntry: register the addresses of other nodes\n`,
    })
  }
  expect(await machine.run('serve', '--port', String(port + 1), '--peer', `localhost:${port + 1}`)).toMatchObject({
    code: 5,
    stdout: '',
  })
  expect(await machine.json('peers', 'add', url, 'localhost:1')).toEqual({ peers: ['localhost:1'] })
  // On another machine the same name and port are another node.
  const elsewhere = `node.example:${port}`
  expect(await machine.json('peers', 'add', elsewhere)).toEqual({ peers: ['localhost:1', elsewhere] })
})

test('without peers resolve says that there are none to ask: exit 0', async () => {
  const { code, stdout, stderr } = await (await Machine.create()).run('resolve')
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'our chain stays, 1 block: there are no peers to ask\n' })
  expect(stderr).toMatch(/\nto register one: chain peers add http:\/\/HOST:PORT --port 5000\n$/)
})

test.each(['embedded', 'served'])(
  '%s: a longer chain is adopted, and every other peer is told why not',
  async (where) => {
    const machine = await Machine.create()
    if (where === 'served') await machine.serve()
    const adopted = await peerWith(THREE)
    await machine.json('peers', 'add', adopted)

    const first = await machine.run('resolve')
    expect({ code: first.code, stdout: first.stdout }).toEqual({
      code: 0,
      stdout: `✔ ${adopted}  adopted: its 3 blocks replaced our 1\n✔ our chain was replaced, from the first block on: 1 block before, 3 now\n`,
    })

    const tampered = THREE.map((block, i) => (i === 1 ? { ...block, proof: block.proof + 1 } : block))
    const peers: Record<string, string> = {
      [adopted]: '· equal: it has 3 blocks, as many as we: the first seen stays',
      [await peerWith(THREE.slice(0, 2), 99)]: '· shorter: it has 2 blocks, and we have 3',
      [await deadAddress()]: '✘ unreachable: nobody listens there',
      [await peerWith(tampered)]: '✘ invalid: block 2: ',
      [await peerWith(BOUND)]: '✘ other-edition: block 2: ',
      [await answering('<h1>hello</h1>')]: '✘ no-chain: ',
      [await answering('{}', { status: '500 Oops' })]: '✘ no-chain: it answered with HTTP status 500',
    }
    await machine.json('peers', 'add', ...Object.keys(peers))
    const { code, stdout, stderr } = await machine.run('resolve')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    for (const [peer, verdict] of Object.entries(peers)) {
      const [mark, ...words] = verdict.split(' ')
      expect(lines).toContainEqual(expect.stringContaining(`${mark} ${peer}  ${words.join(' ')}`))
    }
    expect(lines.at(-1)).toBe('our chain stays, 3 blocks')
    expect(lines).toHaveLength(8)
    expect(stderr).toContain(
      'a chain of the other edition of the tutorial is for a node of its own: chain serve --network tutorial-bound\n',
    )
  },
)

test('a continuation of our own chain is adopted behind the last block that both have', async () => {
  const machine = await Machine.create()
  await machine.json('peers', 'add', await peerWith(THREE))
  await machine.json('resolve')
  const five = await peerWith(FIVE)
  await machine.json('peers', 'add', five)
  const { stdout } = await machine.run('resolve')
  expect(stdout).toContain(`✔ ${five}  adopted: its 5 blocks replaced our 3\n`)
  expect(stdout).toMatch(/✔ our chain goes on: 3 blocks before, 5 now\n$/)
})

test('transactions of replaced blocks are said to be pending again', async () => {
  const machine = await Machine.create()
  await machine.json('send', '--to', 'bob', '--amount', '5')
  await machine.json('mine')
  await machine.json('peers', 'add', await peerWith(THREE))
  const { stdout } = await machine.run('resolve')
  expect(stdout).toMatch(/2 blocks before, 3 now\n {2}1 transaction of the replaced blocks pending again\n$/)
  expect(await machine.json('pending')).toMatchObject({ total: 1 })
})

test('an amount that is no number is not in the balance, and that is said', async () => {
  const machine = await Machine.create()
  const withText = buildChain({
    length: 2,
    zeros: 4,
    transactions: (index) => (index === 2 ? [{ sender: 'ann', recipient: 'bob', amount: 'much' as never }] : []),
  }) satisfies PlainBlock[]
  await machine.json('peers', 'add', await peerWith(withText))
  await machine.json('resolve')
  const { stdout, stderr } = await machine.run('-q', 'balance', 'bob')
  expect({ stdout, stderr }).toEqual({
    stdout: '0  bob\n',
    stderr: 'warning: 1 transaction of this address not counted: the amount is no number\n',
  })
})
