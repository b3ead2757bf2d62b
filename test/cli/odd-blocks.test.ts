import { expect, test } from 'vitest'
import { buildChain, chainAnswer, type PlainBlock } from '../support/chains.js'
import { Machine } from '../support/cli.js'
import { answering } from '../support/peer-server.js'

/** The tutorial checks no transactions: a peer's valid chain may hold anything in their place, and that is shown as what it is. */

/** A machine whose chain is of two blocks, the second with this in the place of its transactions. */
async function machineWith(transactions: unknown): Promise<Machine> {
  const machine = await Machine.create()
  const chain = buildChain({ length: 2, zeros: 4, transactions: (index) => (index === 2 ? transactions : []) as never })
  await machine.json('peers', 'add', await answering(chainAnswer(chain satisfies PlainBlock[])))
  expect(await machine.json('resolve')).toMatchObject({ replaced: true, length: 2 })
  return machine
}

test.each<[unknown, string, RegExp]>([
  [{ a: 1 }, 'no list: {"a": 1}', / no list: \{"a… /],
  [7, 'no list: 7', / no list: 7 /],
  [null, 'no list: null', / no list: nul… /],
  ['x'.repeat(300), `no list: "${'x'.repeat(54)}…`, / no list: "xx… /],
  [undefined, '?', / \? /],
])('transactions that are no list, %.20j, are not shown as a number of them', async (transactions, shown, cell) => {
  const machine = await machineWith(transactions)
  expect((await machine.run('block', '2')).stdout.split('\n').slice(5)).toEqual([`transactions   ${shown}`, ''])
  expect((await machine.run('chain', '--from', '2')).stdout.split('\n')[1]).toMatch(cell)
})

test('a transaction that is none is shown as its JSON, and an amount that is a text is in quotes', async () => {
  const machine = await machineWith([
    7,
    [1, '\u001b[2J'],
    { sender: 'ann', recipient: 'bob', amount: '7' },
    { sender: 'ann', recipient: 'bob', amount: 7 },
    { sender: 'ann' },
  ])
  const { stdout } = await machine.run('block', '2')
  expect(stdout.split('\n').slice(8)).toEqual([
    '2.0    7',
    '2.1    [1, "\\u001b[2J"]',
    '2.2    ann               bob     "7"',
    '2.3    ann               bob       7',
    '2.4    ann               ?         ?',
    '',
  ])
  expect((await machine.run('tx', '2.2')).stdout).toContain('\namount  "7"\n')
  expect((await machine.run('tx', '2.0')).stdout).toContain('\nfrom    7\n')
  const rows = (await machine.run('history', 'bob')).stdout.split('\n').slice(1, 3)
  expect(rows).toEqual([expect.stringMatching(/ {3}\+7 {2}ann /), expect.stringMatching(/ {2}"7" {2}ann /)])
})
