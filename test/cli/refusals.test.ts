import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { KEY, Screen } from '../support/pty.js'

/** What `chain send` does not take, and what it asks for. */

test.each([
  ['bob', 'abc', 'an amount is a number above zero, such as 5 or 0.25 (got abc)'],
  ['bob', '', 'an amount is a number above zero, such as 5 or 0.25 (got )'],
  ['bob', '0x10', 'an amount is a number above zero, such as 5 or 0.25 (got 0x10)'],
  ['bob', '1e400', 'an amount is a number above zero, such as 5 or 0.25 (got 1e400)'],
  ['bob', '"5"', 'an amount is a number above zero, such as 5 or 0.25 (got "5")'],
  ['bob', '-1', '"amount" must be above zero (got -1)'],
  ['bob', '0', '"amount" must be above zero (got 0)'],
  ['bob', '-0.0', '"amount" must be above zero (got -0.0)'],
  ['', '5', '"recipient" must be a text that is not empty (got an empty text)'],
])('send --to %j --amount %j is refused: exit 5, and why', async (to, amount, complaint) => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.run('-q', 'send', '--to', to, '--amount', amount)
  expect({ code, stdout, stderr }).toEqual({ code: 5, stdout: '', stderr: `error: ${complaint}\n` })
})

test('nobody sends from "0", which only a reward comes from', async () => {
  const machine = await Machine.create()
  const { code, stderr } = await machine.run('-q', 'send', '--from', '0', '--to', 'bob', '--amount', '1')
  expect({ code, stderr }).toEqual({
    code: 5,
    stderr: 'error: "sender" must not be "0": only a miner\'s reward comes from it\n',
  })
})

test('a refused transaction is not pending, with a node that runs as without', async () => {
  const machine = await Machine.create()
  const send = ['-q', 'send', '--to', 'bob', '--amount', '0']
  expect(await machine.run(...send)).toMatchObject({ code: 5 })
  expect(await machine.json('pending')).toEqual({ total: 0, transactions: [] })
  await machine.serve()
  expect(await machine.run(...send)).toEqual({
    code: 5,
    stdout: '',
    stderr: 'error: "amount" must be above zero (got 0)\n',
  })
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
  screen.type(`2.5${KEY.enter}`)
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
