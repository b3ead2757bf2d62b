import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { Screen } from '../support/pty.js'

/** Tables are aligned on a terminal of any width, whatever others have called themselves. */

const NAMES = [
  '홍길동',
  '王小明',
  'ミカ',
  'rocket 🚀🎉',
  // As macOS writes it: three letters, one syllable.
  '\u1112\u1161\u11ab글',
  '한국어로된아주긴이름'.repeat(6),
  '🎉'.repeat(40),
  `x${'🎉'.repeat(40)}`,
  'a'.repeat(300),
  'plain',
]

const WIDE = /[\u1100-\u115f\u3000-\ua4cf\uac00-\ud7a3\uff00-\uff60]|\p{Emoji_Presentation}/u

/** Columns of a terminal that a text takes. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0)
}

test('amounts end in one column behind Korean, Chinese, Japanese and emoji, and no line is wrapped', async () => {
  const machine = await Machine.create()
  for (const name of NAMES) await machine.json('send', '--from', 'alice', '--to', name, '--amount', '2.5')
  for (const columns of [60, 80, 120, 200]) {
    const screen = Screen.run(machine, ['pending'], { columns })
    expect(await screen.ended).toBe(0)
    const lines = screen.text.normalize('NFC').split('\n')
    const rows = lines.filter((line) => line.startsWith('alice  '))
    expect(rows).toHaveLength(NAMES.length)
    const ends = rows.map(columnsOf)
    expect(new Set([...ends, columnsOf(lines.find((line) => line.startsWith('from '))!)]).size).toBe(1)
    expect(ends[0]).toBeLessThanOrEqual(columns)
    for (const row of rows) expect(row).toMatch(/ 2\.5$/)
    expect(screen.text).not.toContain('\ufffd')
    expect(rows.at(-1)).toMatch(/^alice {2}plain /)
  }
})

test('of the table of blocks a narrow terminal loses the previous hash, and neither the time nor the transactions', async () => {
  const machine = await Machine.create()
  await machine.json('mine')
  for (const columns of [60, 80]) {
    const screen = Screen.run(machine, ['chain'], { columns })
    expect(await screen.ended).toBe(0)
    const lines = screen.text.split('\n')
    const head = lines.find((line) => line.startsWith('block '))!
    expect(head.includes('previous hash')).toBe(columns === 80)
    expect(head).toMatch(/^block {2}time {17}proof {2}transactions {2}hash/)
    const hash = columns === 60 ? '\\w{10}…' : '\\w{12}…  \\w{12}…'
    expect(lines.find((line) => line.startsWith('    2 '))).toMatch(
      new RegExp(`^ {4}2 {2}\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d {2}35293 {13}1 {2}${hash}$`),
    )
  }
})

test('where there is no room for columns each row is a list of its own, and no line is wrapped', async () => {
  const machine = await Machine.create()
  await machine.json('send', '--from', 'a'.repeat(100), '--to', '홍길동'.repeat(20), '--amount', '2.5')
  await machine.json('mine')
  await machine.json('peers', 'add', 'a-peer-with-a-long-name.example.org:5000')
  for (const columns of [24, 40]) {
    for (const args of [['chain'], ['history'], ['history', 'a'.repeat(100)], ['peers', 'list'], ['network', 'list']]) {
      const screen = Screen.run(machine, [...args, '-q'], { columns })
      expect(await screen.ended).toBe(0)
      const lines = screen.text.split('\n')
      for (const line of lines) expect(columnsOf(line), line).toBeLessThanOrEqual(columns)
    }
  }
  // On 52 columns the table would have its lines, and four characters of a hash.
  const wider = Screen.run(machine, ['chain', '-q'], { columns: 52 })
  expect(await wider.ended).toBe(0)
  expect(wider.text).toMatch(/^block {10}1\n/)
  const screen = Screen.run(machine, ['chain', '-q'], { columns: 40 })
  expect(await screen.ended).toBe(0)
  expect(screen.text).toMatch(
    /^block {10}1\ntime {11}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\nproof {10}100\ntransactions {3}0\nhash {11}\w{12}…\nprevious hash {2}1\n\nblock {10}2\n/,
  )
})

test('into a pipe a table is as wide as it is: 64 characters of a cell, whatever the terminal has', async () => {
  const machine = await Machine.create()
  await machine.json('send', '--from', 'alice', '--to', 'a'.repeat(300), '--amount', '2.5')
  const result = `${machine.data}.txt`
  const screen = Screen.shell(machine, `chain pending > '${result}'; cat '${result}'`, { columns: 60 })
  expect(await screen.ended).toBe(0)
  expect(screen.text).toContain(`alice  ${'a'.repeat(64)}…     2.5\n`)
})

test('an amount of 309 digits is told by its size in tables, and digit by digit by balance and in JSON', async () => {
  const machine = await Machine.create()
  const amount = `17${'9'.repeat(307)}`
  await machine.json('send', '--from', 'ann', '--to', 'bob', '--amount', amount)
  const row = /^ann {3}bob {2}1\.79999…e\+308$/m
  expect((await machine.run('pending')).stdout).toMatch(row)
  await machine.json('mine')
  expect((await machine.run('block')).stdout).toMatch(/^2\.0 {4}ann {3}bob +1\.79999…e\+308$/m)
  expect((await machine.run('history', 'bob')).stdout).toMatch(/ {2}\+1\.79999…e\+308 {2}ann /)
  expect((await machine.run('history', 'bob', '--json')).stdout).toContain(`"amount": ${amount}`)
  expect((await machine.run('balance', 'bob')).stdout).toBe(`${amount}  bob\n`)
})

test('half a character, which JSON can hold, is shown as an escape', async () => {
  const machine = await Machine.create()
  const serving = await machine.serve()
  const body = String.raw`{"sender": "ann", "recipient": "half \ud83d", "amount": 1}`
  const headers = { 'Content-Type': 'application/json' }
  const { status } = await fetch(`${serving.url}/transactions/new`, { method: 'POST', headers, body })
  expect(status).toBe(201)
  expect((await machine.run('pending')).stdout).toContain(String.raw`half \ud83d`)
})
