import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { buildChain, chainAnswer, dumps, sha256 } from '../support/chains.js'
import { Machine } from '../support/cli.js'
import { answering } from '../support/peer-server.js'

/** `block`, `tx` and `history`: what they show, and how they lead to each other. */

const HASH = '[0-9a-f]{64}'
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`
const OPENED = 'node 5000 of network tutorial, not running: opened for this command\n'
const PAYMENT = { sender: 'ann', recipient: '민준', amount: 2.5 }
/** As Python prints what is outside ASCII. */
const ID = sha256(dumps(PAYMENT).replace('민준', '\\ubbfc\\uc900'))

let machine: Machine
let identity: string
/** A data folder with the chain in it, made once. */
let made: string | undefined
beforeEach(async () => {
  machine = await Machine.create()
  if (made !== undefined) {
    cpSync(made, machine.data, { recursive: true })
    return
  }
  await machine.json('send', '--from', 'ann', '--to', '민준', '--amount', '2.5')
  await machine.json('mine')
  await machine.json('send', '--to', 'ann', '--amount', '0.25')
  await machine.json('mine')
  identity = (await machine.json<{ identity: string }>('status')).identity
  made = mkdtempSync(join(tmpdir(), 'chain-lookups-'))
  cpSync(machine.data, made, { recursive: true })
})
afterAll(() => made && rmSync(made, { recursive: true }))

async function refused(args: readonly string[], code: number, message: string): Promise<void> {
  const outcome = await machine.run(...args)
  expect(outcome.stderr).toContain(`error: ${message}\n`)
  expect(outcome.code).toBe(code)
}

describe('chain block', () => {
  test('shows the last block, its transactions with their places below each other', async () => {
    const { code, stdout, stderr } = await machine.run('block')
    expect({ code, stderr }).toEqual({ code: 0, stderr: OPENED })
    expect(stdout).toMatch(
      new RegExp(
        [
          '^block          3 of 3',
          `hash           ${HASH}`,
          `previous hash  ${HASH}`,
          `time           ${TIME}`,
          'proof          35089',
          'transactions   2',
          '',
          `place  ${'from'.padEnd(32)}  ${'to'.padEnd(32)}  amount`,
          `3\\.0    ${identity}  ${'ann'.padEnd(32)}    0\\.25`,
          `3\\.1    ${'0'.padEnd(32)}  ${identity}       1\n$`,
        ].join('\n'),
      ),
    )
  })

  test('aligns names that are twice as wide as letters', async () => {
    const lines = (await machine.run('block', '2')).stdout.split('\n').slice(-4)
    expect(lines[1]).toBe(`2.0    ann   민준${' '.repeat(identity.length - 4)}     2.5`)
    expect(lines[2]).toBe(`2.1    0     ${identity}       1`)
  })

  test('finds it by its hash and by the first ten digits of it; --json is what the API answers', async () => {
    const found = await machine.json<{ hash: string; height: number }>('block', '2')
    expect(found.height).toBe(2)
    for (const id of [found.hash, found.hash.slice(0, 10)]) expect(await machine.json('block', id)).toEqual(found)
  })

  test('that is not there is refused by the node, and what can be none before it is asked', async () => {
    await refused(['block', '9'], 5, 'there is no block 9: the chain has 3, counted from 1')
    await refused(['block', 'f'.repeat(64)], 5, `there is no block ${'f'.repeat(64)}`)
    await refused(['block', 'abc'], 2, 'a block must be a height, or a hash or its first digits, at least ten')
  })
})

describe('chain tx', () => {
  test('shows a transaction by its id, and where it stands; finds it by its place and by the first digits of the id', async () => {
    const { code, stdout } = await machine.run('tx', ID)
    expect(code).toBe(0)
    for (const id of ['2.0', ID.slice(0, 10)]) expect((await machine.run('tx', id)).stdout).toBe(stdout)
    expect(stdout).toMatch(
      new RegExp(
        `^id      ${ID}\nfrom    ann\nto      민준\namount  2\\.5\n\nplace .*blocks on it\n2\\.0    ${TIME}  [0-9a-f]{10}\\S* +1\n$`,
      ),
    )
  })

  test('that is pending says so', async () => {
    await machine.json('send', '--from', 'ann', '--to', '민준', '--amount', '2.5')
    const { stdout } = await machine.run('tx', ID)
    expect(stdout).toMatch(/^pending {1,}1 time$/m)
    expect(stdout).toMatch(/^2\.0 /m)
  })

  test('that is not there is refused by the node, and what can be none before it is asked', async () => {
    await refused(['tx', '2.9'], 5, 'block 2 has 2 transactions, counted from 0')
    await refused(['tx', 'x'], 2, 'a transaction must be HEIGHT.POSITION, or an id or its first digits, at least ten')
  })
})

describe('chain history', () => {
  test("in a peer's chain an amount may be below zero, and goes the other way, or be no number, and has no sign", async () => {
    const odd = [-5, true, -0.5].map((amount) => ({ sender: 'a', recipient: 'b', amount: amount as number }))
    const chain = buildChain({ length: 2, zeros: 4, transactions: (index) => (index === 2 ? odd : []) })
    await machine.json('peers', 'add', await answering(chainAnswer(chain)), '--name', 'odd')
    // Of more blocks than the one that the new node has.
    await machine.json('resolve', '--name', 'odd')
    const amounts = async (address: string): Promise<(string | undefined)[]> =>
      (await machine.run('history', address, '--name', 'odd')).stdout
        .split('\n')
        .slice(1, 4)
        .map((line) => line.split(/ {2,}/)[2])
    expect(await amounts('a')).toEqual(['+0.5', 'true', '+5'])
    expect(await amounts('b')).toEqual(['-0.5', 'true', '-5'])
  })

  test('has the node’s own payments and rewards, the last first, with their signs', async () => {
    const { code, stdout } = await machine.run('history')
    expect(code).toBe(0)
    const rows = stdout.split('\n').map((line) => line.replace(new RegExp(`^${TIME} {2}`), '').replace(/ {2}\S*$/, ''))
    expect(rows[1]).toMatch(/^3\.1 +\+1 {2}0/)
    expect(rows[2]).toMatch(/^3\.0 +-0\.25 {2}ann/)
    expect(rows[3]).toMatch(/^2\.1 +\+1 {2}0/)
    expect(stdout).toMatch(/\n3 transactions\n$/)
  })

  test('goes on where a page ended, by the command that it names', async () => {
    const first = await machine.run('history', '--limit', '2')
    expect(first.stderr).toBe(`${OPENED}for earlier ones: chain history --before 3.0 --limit 2 --port 5000\n`)
    const second = await machine.shell(first.stderr.split('for earlier ones: ')[1]!)
    expect(second.stdout).toMatch(/\n1 transaction\n$/)
    expect(second.stderr).toBe(OPENED)
  })

  test('of another address; of one that nobody named it says so', async () => {
    expect((await machine.run('history', '민준')).stdout).toMatch(/ \+2\.5 {2}ann /)
    expect((await machine.run('history', 'nobody')).stdout).toBe('no transactions in the chain name this address\n')
  })

  test('--before that is no place is refused', async () => {
    await refused(['history', '--before', 'x'], 2, '--before must be HEIGHT.POSITION, such as 3.0')
  })
})
