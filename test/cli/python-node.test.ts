import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildChain } from '../support/chains.js'
import { Machine } from '../support/cli.js'
import { startPython } from '../support/python-node.js'

/** The command line with a node in Python, which has the tutorial's five calls and no others. */

test('mine, send, chain, balance, peers add and resolve work with a plain Python node', async () => {
  const machine = await Machine.create()
  const { url } = await startPython()
  const node = ['--node', url]
  const stderr = `plain Python node at ${url}\n`

  const mined = await machine.run('mine', ...node)
  expect(mined).toMatchObject({ code: 0, stderr })
  expect(mined.stdout).toMatch(
    /^✔ block 2 found: proof 35293, [\d.]+ m?s\n {2}hash [0-9a-f]{64}\n {2}with 1 transaction, the reward included\n$/,
  )

  expect(await machine.run('send', '--from', 'ann', '--to', 'bob', '--amount', '0.5', ...node)).toEqual({
    code: 0,
    stdout: '✔ pending: block 3 will hold it\n  from    ann\n  to      bob\n  amount  0.5\n',
    stderr: `${stderr}to have it mined: chain mine --node ${url}\n`,
  })
  const second = await machine.json<{ height: number; hash: string; hashes: null }>('mine', ...node)
  expect(second).toMatchObject({ height: 3, hashes: null })

  expect(await machine.json('chain', ...node)).toMatchObject({
    length: 3,
    blocks: [{ height: 1 }, { height: 2 }, { height: 3, hash: second.hash }],
  })
  expect((await machine.run('chain', '--limit', '1', ...node)).stdout).toMatch(
    /\n1 block of 3; others with --from and --limit\n$/,
  )
  expect((await machine.run('balance', 'bob', ...node)).stdout).toBe('0.5  bob\n')
  expect((await machine.run('balance', 'python-miner', ...node)).stdout).toBe('2  python-miner\n')
})

test('who sends through a Python node has an identity of their own, always the same', async () => {
  const machine = await Machine.create()
  const { url } = await startPython()
  const first = await machine.json<{ transaction: { sender: string } }>(
    ...['send', '--to', 'bob', '--amount', '1', '--node', url],
  )
  const second = await machine.json<{ address: string }>('balance', '--node', url)
  expect(first.transaction.sender).toMatch(/^[0-9a-f]{32}$/)
  expect(second.address).toBe(first.transaction.sender)
  expect(readFileSync(join(machine.data, 'wallets', 'tutorial.json'), 'utf8')).toContain(second.address)
})

test('a Python node registers ours and adopts its longer chain, told to by the command line', async () => {
  const machine = await Machine.create()
  const [{ url }, ours] = await Promise.all([startPython(), machine.serve()])
  await machine.json('mine', '--count', '1')

  expect(await machine.run('peers', 'add', ours.address, '--node', url)).toMatchObject({
    code: 0,
    stdout: `${ours.address}\n1 peer\n`,
  })
  const replaced = await machine.run('resolve', '--node', url)
  expect(replaced).toMatchObject({ code: 0, stdout: '✔ its chain was replaced: 1 block before, 2 now\n' })
  const again = await machine.run('resolve', '--node', url)
  expect(again).toMatchObject({ code: 0, stdout: 'its chain stays, 2 blocks\n' })
  const [theirs, own] = await Promise.all([machine.json('chain', '--node', url), machine.json('chain')])
  expect(theirs).toEqual(own)
})

test.each([
  [['status'], 'tell its status'],
  [['pending'], 'list its pending transactions'],
  [['peers', 'list'], 'list its peers'],
  [['peers', 'remove', 'localhost:1'], 'remove a peer'],
])('%j: a Python node cannot, and that is said: exit 1', async (args, what) => {
  const machine = await Machine.create()
  const { url } = await startPython()
  const { code, stdout, stderr } = await machine.run('-q', ...args, '--node', url)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(
    new RegExp(`^error: ${url} is a plain Python node, which cannot ${what}\ntry: chain chain --node ${url}; `),
  )
})

test('ours adopts the chain of a Python node, and tells of one of the other edition', async () => {
  const machine = await Machine.create()
  const chain = JSON.stringify(buildChain({ length: 3, zeros: 4 }))
  const [article, bound] = await Promise.all([
    startPython({ chain, json: 'indented' }),
    startPython({ edition: 'bound', chain: JSON.stringify(buildChain({ length: 4, zeros: 4, edition: 'bound' })) }),
  ])
  await machine.json('peers', 'add', article.url, bound.url)
  const { code, stdout, stderr } = await machine.run('resolve')
  expect(code).toBe(0)
  expect(stdout).toContain(`✔ ${article.address}  adopted: its 3 blocks replaced our 1\n`)
  expect(stdout).toContain(`✘ ${bound.address}  other-edition: block `)
  expect(stderr).toContain('chain serve --network tutorial-bound\n')

  await machine.json('peers', 'add', bound.url, '--network', 'tutorial-bound')
  expect(await machine.json('resolve', '--network', 'tutorial-bound')).toMatchObject({ replaced: true, length: 4 })
})
