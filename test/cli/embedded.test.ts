import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'

/** Commands on a machine where no node runs: each opens the node used last by itself, and what it did stays. */

const HASH = '[0-9a-f]{64}'
const IDENTITY = '[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}'
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`
const MADE = 'node 5000 of network tutorial, a new one: made for this command\n'
const OPENED = 'node 5000 of network tutorial, not running: opened for this command\n'

/** The first proofs of the article, from its proof 100 on. */
const PROOFS = [35293, 35089, 119678]

function identityOf(machine: Machine, home = 'tutorial/5000'): string {
  return JSON.parse(readFileSync(join(machine.data, home, 'config.json'), 'utf8')).identity
}

test('mine, send, pending, chain, balance and status work without a server, and keep what they did', async () => {
  const machine = await Machine.create()

  // One thread computes the hashes of the article's loop, and no more.
  const mined = await machine.run('mine', '--threads', '1')
  expect(mined.stdout).toMatch(
    new RegExp(
      `^✔ block 2 found: proof ${PROOFS[0]}, 35,294 hashes, [\\d.]+ m?s\n  hash ${HASH}\n  with 1 transaction, the reward included\n$`,
    ),
  )
  expect(mined).toMatchObject({ code: 0, stderr: MADE })
  const identity = identityOf(machine)
  expect(identity).toMatch(new RegExp(`^${IDENTITY}$`))

  expect(await machine.run('send', '--to', 'bob', '--amount', '0.25')).toEqual({
    code: 0,
    stdout: `✔ pending: block 3 will hold it\n  from    ${identity}\n  to      bob\n  amount  0.25\n`,
    stderr: `${OPENED}to have it mined: chain mine --port 5000\n`,
  })

  expect(await machine.run('pending')).toEqual({
    code: 0,
    stdout: `${'from'.padEnd(32)}  to   amount\n${identity}  bob    0.25\n1 transaction\n`,
    stderr: `${OPENED}to have them mined: chain mine --port 5000\n`,
  })

  const second = await machine.run('mine', '--threads', '1')
  expect(second.stdout).toMatch(new RegExp(`^✔ block 3 found: proof ${PROOFS[1]}, 35,090 hashes, `))
  expect(second.stdout).toContain('\n  with 2 transactions, the reward included\n')

  expect((await machine.run('pending')).stdout).toBe('no pending transactions\n')
  expect(await machine.run('balance')).toEqual({ code: 0, stdout: `1.75  ${identity}\n`, stderr: OPENED })
  expect((await machine.run('balance', 'bob')).stdout).toBe('0.25  bob\n')
  expect((await machine.run('balance', 'nobody')).stdout).toBe('0  nobody\n')

  expect((await machine.run('status')).stdout).toMatch(
    new RegExp(
      [
        '^network     tutorial: the article "Learn Blockchains by Building One"',
        `identity    ${identity}`,
        'chain       3 blocks',
        `last block  ${HASH}`,
        'pending     0 transactions',
        'peers       0',
        'mining      no',
        String.raw`version     \d+\.\d+\.\d+`,
        '$',
      ].join('\n'),
    ),
  )
})

test('chain shows the last blocks; --from, --limit and --full others, fewer, and whole ones', async () => {
  const machine = await Machine.create()
  const mined = await machine.run('mine', '--count', '3')
  expect(mined.stdout.match(/^✔ block \d+ found: proof \d+/gm)).toEqual(
    PROOFS.map((proof, i) => `✔ block ${i + 2} found: proof ${proof}`),
  )
  const hashes = [...mined.stdout.matchAll(/, hash (\w{12})…$/gm)].map(([, hash]) => hash!)

  const all = (await machine.run('chain')).stdout.split('\n')
  expect(all[0]).toBe('block  time                  proof  transactions  hash           previous hash')
  expect(all[1]).toMatch(new RegExp(`^ {4}1 {2}${TIME} {5}100 {13}0 {2}[0-9a-f]{12}… {2}1$`))
  expect(all[3]).toMatch(new RegExp(`^ {4}3 {2}${TIME} {3}35089 {13}1 {2}${hashes[1]}… {2}${hashes[0]}…$`))
  expect(all.slice(5)).toEqual(['4 blocks', ''])
  for (const line of all) expect(line.length).toBeLessThanOrEqual(80)

  const last = (await machine.run('chain', '--limit', '1')).stdout
  expect(last).toMatch(new RegExp(`\n {4}4 {2}${TIME} {2}119678 .*\n1 block of 4; others with --from and --limit\n$`))
  const middle = (await machine.run('chain', '--from', '2', '--limit', '2')).stdout
  expect(middle.split('\n').map((line) => line.slice(0, 5))).toEqual(['block', '    2', '    3', '2 blo', ''])
  expect(await machine.run('-q', 'chain', '--from', '5')).toEqual({
    code: 5,
    stdout: '',
    stderr: 'error: there is no block 5: the chain has 4 blocks\ntry: chain chain --port 5000 shows the last ones\n',
  })
  expect((await machine.run('chain', '--from', '5', '--json')).stderr).toContain('"code":"not-found"')

  const full = (await machine.run('chain', '--full', '--from', '2', '--limit', '1')).stdout
  const identity = identityOf(machine)
  expect(full).toMatch(
    new RegExp(
      `^${hashes[0]}[0-9a-f]{52}\n\\{"index": 2, "previous_hash": "${HASH}", "proof": 35293, "timestamp": \\d+(\\.\\d+)?, "transactions": \\[\\{"amount": 1, "recipient": "${identity}", "sender": "0"\\}\\]\\}\n$`,
    ),
  )
})

test('the identity is made once, and kept in the config.json of the home', async () => {
  const machine = await Machine.create()
  const first = await machine.json<{ identity: string }>('status')
  const second = await machine.json<{ identity: string }>('status')
  expect(second.identity).toBe(first.identity)
  expect(first.identity).toBe(identityOf(machine))
  await machine.json('mine', '--port', '5001')
  const other = await machine.json<{ identity: string }>('status', '--port', '5001')
  expect(other.identity).not.toBe(first.identity)
})

test('CHAIN_DATA holds everything, and --data-dir goes before it', async () => {
  const machine = await Machine.create()
  await machine.json('mine')
  expect(readdirSync(machine.data).sort()).toEqual(['config.json', 'tutorial'])
  expect(readdirSync(join(machine.data, 'tutorial/5000')).sort()).toEqual([
    'chain',
    'chain.acknowledged',
    'config.json',
  ])
  expect(existsSync(machine.environment.HOME!)).toBe(false)

  const elsewhere = join(machine.data, '../elsewhere')
  expect(await machine.json('status', '--data-dir', elsewhere)).toMatchObject({ length: 1 })
  expect(await machine.json('status')).toMatchObject({ length: 2 })
  expect(readdirSync(elsewhere).sort()).toEqual(['config.json', 'tutorial'])
})

test('without either, everything is in the folder that XDG provides', async () => {
  const machine = await Machine.create()
  const XDG_DATA_HOME = join(machine.data, 'xdg')
  const { code } = await machine.runWith({ CHAIN_DATA: undefined, XDG_DATA_HOME }, 'status')
  expect(code).toBe(0)
  expect(readdirSync(join(XDG_DATA_HOME, 'chain')).sort()).toEqual(['config.json', 'tutorial'])
})

test('a command that names no node takes the one used last', async () => {
  const machine = await Machine.create()
  expect((await machine.run('mine', '--name', 'alice')).stderr).toBe(
    'node alice of network tutorial, a new one: made for this command\n',
  )
  expect((await machine.run('status')).stderr).toBe(
    'node alice of network tutorial, not running: opened for this command\n',
  )
  expect((await machine.run('send', '--to', 'bob', '--amount', '1')).stderr).toContain('chain mine --name alice\n')
  await machine.json('mine', '--port', '5007')
  expect((await machine.run('status')).stderr).toMatch(/^node 5007 /)
  expect(await machine.json('status', '--name', 'alice')).toMatchObject({ length: 2, pending: 1 })
})

test('the networks have homes of their own, and proofs of their own', async () => {
  const machine = await Machine.create()
  const article = await machine.json<{ block: { proof: number } }>('mine')
  const bound = await machine.json<{ hash: string; block: { proof: number } }>('mine', '--network', 'tutorial-bound')
  expect(article.block.proof).toBe(PROOFS[0])
  expect(readdirSync(machine.data).sort()).toEqual(['config.json', 'tutorial', 'tutorial-bound'])
  expect(identityOf(machine)).not.toBe(identityOf(machine, 'tutorial-bound/5000'))

  // The first block of the program on GitHub has the text "1" where the article has the number.
  const { stdout } = await machine.run('chain', '--full', '--limit', '2', '--network', 'tutorial-bound')
  expect(stdout).toContain('{"index": 1, "previous_hash": "1", "proof": 100, ')
  expect(stdout).toContain(`${bound.hash}\n{"index": 2, `)
  expect((await machine.run('status', '--network', 'tutorial')).stderr).toBe(OPENED)
  expect((await machine.run('send', '--to', 'x', '--amount', '1', '--network', 'tutorial-bound')).stderr).toContain(
    'chain mine --port 5000 --network tutorial-bound\n',
  )
})

test('--quiet leaves nothing but the result', async () => {
  const machine = await Machine.create()
  for (const args of [
    ['mine'],
    ['send', '--to', 'bob', '--amount', '1'],
    ['pending'],
    ['resolve'],
    ['peers', 'list'],
  ]) {
    const { code, stdout, stderr } = await machine.run('-q', ...args)
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' })
    expect(stdout).not.toBe('')
  }
})

test('--dry-run prints the transaction and sends nothing', async () => {
  const machine = await Machine.create()
  const { stdout } = await machine.run('send', '--from', 'ann', '--to', 'bob', '--amount', '2.0', '--dry-run')
  expect(stdout).toBe('{"amount": 2.0, "recipient": "bob", "sender": "ann"}\n')
  expect(await machine.json('pending')).toEqual({ total: 0, transactions: [] })
})

test('amounts stay as they were written: 5.0 is not 5, and no digit of a large one is lost', async () => {
  const machine = await Machine.create()
  for (const amount of ['5', '5.0', '12345678901234567890']) {
    expect((await machine.run('send', '--to', 'bob', '--amount', amount)).code).toBe(0)
  }
  const { stdout } = await machine.run('pending', '--json')
  expect([...stdout.matchAll(/"amount": ([^,]+),/g)].map(([, amount]) => amount)).toEqual([
    '5',
    '5.0',
    '12345678901234567890',
  ])
})

test('a node that was shown or served stays, with its identity, also if nothing was stored in it', async () => {
  const machine = await Machine.create()
  const shown = await machine.run('status')
  expect(shown).toMatchObject({ code: 0, stderr: MADE })
  expect(await machine.run('status')).toEqual({ ...shown, stderr: OPENED })

  const node = await machine.serve()
  expect((await node.stop()).code).toBe(0)
  const { identity } = await machine.json('status', '--port', String(node.port))
  expect(identity).toBe(identityOf(machine, `tutorial/${node.port}`))
})
