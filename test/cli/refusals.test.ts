import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { KEY, Screen } from '../support/pty.js'

/** What `chain send` does not take, and what it asks for. */

const SUCH_AS = 'write a number above zero, such as 5 or 0.25'
const LARGEST = 'the largest number with a point or an exponent is about 1.8e308; a whole number may have 4300 digits'

test.each([
  ['abc', `an amount is a number above zero (got abc)\ntry: ${SUCH_AS}`],
  ['NaN', `an amount is a number above zero (got NaN)\ntry: ${SUCH_AS}`],
  ['', `an amount is a number above zero\ntry: ${SUCH_AS}`],
  ['"5"', `an amount is a number above zero (got "5")\ntry: ${SUCH_AS}`],
  ['0x10', 'an amount is a number above zero (got 0x10)\ntry: write it in decimal digits, such as 16'],
  ['+5', 'an amount is a number above zero (got +5)\ntry: leave out the plus'],
  ['.5', 'an amount is a number above zero (got .5)\ntry: write the 0 before the point, such as 0.5'],
  ['5.', 'an amount is a number above zero (got 5.)\ntry: leave out the point, or write digits behind it'],
  [
    '1,5',
    'an amount is a number above zero (got 1,5)\ntry: write it without commas, and with a point before the fraction, such as 1000 or 1.5',
  ],
  ['1e400', `the amount cannot be read: 1e400 is too large for a float\ntry: ${LARGEST}`],
  [
    '1'.repeat(5000),
    'the amount cannot be read: an integer of 5000 digits (Python reads at most 4300)\ntry: write at most 4300 digits',
  ],
  ['007', 'the amount cannot be read: an integer with a leading zero\ntry: leave out the zeros before it'],
  ['-1', `"amount" must be above zero (got -1)\ntry: ${SUCH_AS}`],
  ['0', `"amount" must be above zero (got 0)\ntry: ${SUCH_AS}`],
  ['-0.0', `"amount" must be above zero (got -0.0)\ntry: ${SUCH_AS}`],
])('send --amount %.10j is wrong usage: exit 2, and why, before a node is made for it', async (amount, complaint) => {
  const machine = await Machine.create()
  const outcome = await machine.run('send', '--to', 'bob', '--amount', amount)
  expect(outcome).toEqual({ code: 2, stdout: '', stderr: `error: ${complaint}\n` })
  expect(existsSync(join(machine.data, 'tutorial'))).toBe(false)
})

test.each([
  [['send', '--to', '', '--amount', '5'], 'error: --to must not be empty (got "")\ntry: chain send --help\n'],
  [['send', '--from', '', '--to', 'bob'], 'error: --from must not be empty (got "")\ntry: chain send --help\n'],
  [['balance', ''], 'error: <address> must not be empty (got "")\ntry: chain balance --help\n'],
])('%j: nobody has an empty name, exit 2', async (args, complaint) => {
  const { code, stdout, stderr } = await (await Machine.create()).run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(complaint)
})

test('nobody sends from "0", which only a reward comes from', async () => {
  const machine = await Machine.create()
  const { code, stderr } = await machine.run('-q', 'send', '--from', '0', '--to', 'bob', '--amount', '1')
  expect({ code, stderr }).toEqual({
    code: 5,
    stderr:
      'error: "sender" must not be "0": only a miner\'s reward comes from it\n' +
      "try: name another sender, such as the node's identity, which chain status shows\n",
  })
})

test('what is not sent is not pending, with a node that runs as without', async () => {
  const machine = await Machine.create()
  const [amount, sender] = [
    ['-q', 'send', '--to', 'bob', '--amount', '0'],
    ['-q', 'send', '--to', 'bob', '--amount', '1', '--from', '0'],
  ]
  expect(await machine.run(...amount!)).toMatchObject({ code: 2 })
  expect(await machine.run(...sender!)).toMatchObject({ code: 5 })
  expect(await machine.json('pending')).toEqual({ total: 0, transactions: [] })
  const { url } = await machine.serve()
  for (const node of [[], ['--node', url]]) {
    expect(await machine.run(...amount!, ...node)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: "amount" must be above zero (got 0)\ntry: write a number above zero, such as 5 or 0.25\n',
    })
    expect(await machine.run(...sender!, ...node)).toMatchObject({ code: 5 })
  }
  expect(await machine.json('pending')).toEqual({ total: 0, transactions: [] })
})

test.each([
  [['--to', 'bob'], '--amount', 'NUMBER'],
  [['--amount', '5'], '--to', 'ADDRESS'],
])(
  'what is missing cannot be asked for without a terminal: send %j names the flag, exit 2',
  async (args, flag, value) => {
    const machine = await Machine.create()
    expect(await machine.run('-q', 'send', ...args)).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${flag} is missing, and nobody can be asked here\ntry: add ${flag} ${value}\n`,
    })
  },
)

test('on a terminal it is asked for, on stderr: stdout has the result alone', async () => {
  const machine = await Machine.create()
  const result = `${machine.data}.txt`
  const screen = Screen.shell(machine, `chain send > '${result}'; echo "ended with $?"; cat '${result}'`)
  await screen.waitFor(/To whom\?/)
  screen.type(`bob${KEY.enter}`)
  await screen.waitFor(/How much\?/)
  screen.type(KEY.enter)
  await screen.waitFor(/please write something/)
  screen.type(`2x${KEY.enter}`)
  await screen.waitFor(/an amount is a number above zero: write a number above zero, such as 5 or 0\.25/)
  screen.type(`\b.5${KEY.enter}`)
  await screen.waitFor(
    /ended with 0\n✔ pending: block 2 will hold it\n {2}from {4}\w+\n {2}to {6}bob\n {2}amount {2}2\.5\n/,
  )
  expect(await machine.json('pending')).toMatchObject({ transactions: [{ recipient: 'bob', amount: 2.5 }] })
})

test('Ctrl-C at a question: exit 130, and nothing is sent', async () => {
  const machine = await Machine.create()
  const screen = Screen.run(machine, ['send', '--to', 'bob'])
  await screen.waitFor(/How much\?/)
  screen.type(KEY.interrupt)
  expect(await screen.ended).toBe(130)
  expect(await machine.json('pending')).toEqual({ total: 0, transactions: [] })
})

test.each([['--no-input'], ['--json']])('with %s nothing is asked even on a terminal', async (flag) => {
  const screen = Screen.run(await Machine.create(), ['send', '--to', 'bob', flag])
  expect(await screen.ended).toBe(2)
  expect(screen.text).toContain('add --amount NUMBER')
})
