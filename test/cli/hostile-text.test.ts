import { expect, test } from 'vitest'
import { chainAnswer, dumps, sha256 } from '../support/chains.js'
import { Machine } from '../support/cli.js'
import { answer, answering, listen } from '../support/peer-server.js'
import { Screen } from '../support/pty.js'

/** Text from the chain or a peer cannot steer the terminal: what could is shown as an escape. */

/** Clears the screen, names the window, turns the direction of writing, and C1's own introducer of sequences. */
const EVIL = '\x1b[2J\x1b]0;owned\x07\u202e\u2066\u009b31m\r\n\u200bend'
const SHOWN = String.raw`\u001b[2J\u001b]0;owned\u0007\u202e\u2066\u009b31m\u000d\u000a\u200bend`
/** As much of it as a column has room for. */
const CELL = `${SHOWN.slice(0, 64)}…`
/** What may be on stdout besides printable characters is the end of a line. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

/** JSON text of a chain of two blocks whose proof, addresses and amount are evil, and valid. */
function evilChain(): string {
  const genesis = { index: 1, timestamp: 1.5, transactions: [], proof: 100, previous_hash: 1 }
  // As Python escapes it.
  const text = (value: unknown): string =>
    dumps(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  let tries = 0
  while (!sha256(`100${EVIL}${tries}`).startsWith('0000')) tries++
  const second = {
    index: 2,
    timestamp: EVIL,
    transactions: [{ sender: EVIL, recipient: EVIL, amount: EVIL }],
    proof: `${EVIL}${tries}`,
    previous_hash: sha256(text(genesis)),
  }
  return chainAnswer([genesis, second])
}

test('chain, pending and balance show what others wrote without doing it', async () => {
  const machine = await Machine.create()
  await machine.json('peers', 'add', await answering(evilChain()))
  expect((await machine.json('resolve')).replaced).toBe(true)
  expect((await machine.run('send', '--from', EVIL, '--to', EVIL, '--amount', '1')).stdout).toContain(
    `  from    ${SHOWN}\n  to      ${SHOWN}\n`,
  )
  const shown = {
    chain: await machine.run('chain'),
    full: await machine.run('chain', '--full'),
    pending: await machine.run('pending'),
    balance: await machine.run('balance', EVIL),
  }
  for (const { code, stdout, stderr } of Object.values(shown)) {
    expect(code).toBe(0)
    expect(stdout + stderr).not.toMatch(UNSAFE)
  }
  expect(shown.chain.stdout).toContain(CELL)
  expect(shown.full.stdout).toContain(String.raw`\u001b[2J`)
  expect(shown.pending.stdout).toContain(`${CELL}  ${CELL}  `)
  expect(shown.balance.stdout).toBe(`0  ${SHOWN}\n`)
})

test('--json escapes it as well, and loses nothing of it', async () => {
  const machine = await Machine.create()
  await machine.run('send', '--from', 'ann', '--to', EVIL, '--amount', '1')
  for (const args of [['pending'], ['balance', EVIL]]) {
    const { stdout } = await machine.run(...args, '--json')
    expect(stdout).not.toMatch(UNSAFE)
    expect(JSON.stringify(JSON.parse(stdout))).toContain(JSON.stringify(EVIL))
  }
})

test('resolve shows what a peer says in its refusals', async () => {
  const machine = await Machine.create()
  const genesis = { index: 1, timestamp: 1.5, transactions: [], proof: 100, previous_hash: 1 }
  const block = { index: 2, timestamp: 2.5, transactions: [], proof: EVIL, previous_hash: EVIL }
  const peers = await Promise.all([
    answering(chainAnswer([genesis, block])),
    answering(chainAnswer([genesis, { ...block, previous_hash: sha256(dumps(genesis)) }])),
    answering(EVIL),
    answering('{}', { status: `404 ${'\x1b'}[31m` }),
    answering('[]', { headers: { 'Content-Type': 'text/html' } }),
  ])
  await machine.json('peers', 'add', ...peers)
  const { code, stdout } = await machine.run('resolve')
  expect(code).toBe(0)
  expect(stdout.split('\n')).toHaveLength(peers.length + 2)
  expect(stdout).not.toMatch(UNSAFE)
})

test('a node that answers with such text does not steer the terminal either', async () => {
  const machine = await Machine.create()
  const status = {
    ...{
      version: EVIL,
      network: 'tutorial',
      identity: EVIL,
      rewardsTo: EVIL,
      length: 1,
      tip: 'ab'.repeat(32),
      pending: 0,
      peers: 0,
    },
    mining: null,
    syncing: null,
  }
  const hash = 'cd'.repeat(32)
  const transaction = { sender: EVIL, recipient: EVIL, amount: EVIL }
  const block = { proof: EVIL, previous_hash: EVIL, timestamp: EVIL, transactions: [transaction, EVIL, 7] }
  const listed = { height: 2, hash, block }
  const place = { height: 2, position: 0, blockHash: hash, time: 1e99 }
  const answers: Record<string, unknown> = {
    'GET /api/status': status,
    'POST /api/mine': { ...listed, hashes: null, elapsedMs: 1.5 },
    'GET /api/blocks': { length: 2, blocks: [listed] },
    'GET /api/blocks/2': { ...listed, length: 2 },
    'GET /api/transactions/2.0': { id: hash, transaction, pending: 1, places: [place], more: true, length: 2 },
    'GET /api/history': {
      ...{ address: EVIL, length: 2, next: null },
      transactions: [{ ...place, id: hash, transaction }],
    },
    'GET /api/balance': { address: EVIL, amount: EVIL, uncounted: 0, length: 2 },
    'GET /api/peers': { peers: [{ address: EVIL, lastAnswer: { at: 1e99, outcome: 'invalid', message: EVIL } }] },
    'POST /api/resolve': {
      ...{ replaced: false, lengthBefore: 1, length: 1, forkedAt: null, returned: 0, asked: 1 },
      verdicts: [{ peer: EVIL, outcome: 'invalid', message: EVIL }],
      clockAhead: null,
    },
  }
  const address = await listen((socket, head) => {
    const call = /^\w+ [^ ?]+/.exec(head)![0]
    const refusal = { error: { code: 'bad-amount', message: EVIL, hint: EVIL } }
    const known = answers[call]
    const options = { status: known === undefined ? '400 No' : '200 OK', headers: { Connection: 'close' } }
    socket.end(answer(JSON.stringify(known ?? refusal), options))
  })
  const node = ['--node', address]
  for (const args of [
    ['status'],
    ['mine'],
    ['chain'],
    ['chain', '--full'],
    ['block', '2'],
    ['tx', '2.0'],
    ['history'],
    ['balance'],
    ['peers', 'list'],
    ['resolve'],
  ]) {
    const { code, stdout, stderr } = await machine.run(...args, ...node)
    expect({ args, code, unsafe: UNSAFE.exec(stdout + stderr) }).toEqual({ args, code: 0, unsafe: null })
  }
  const refused = await machine.run('pending', ...node)
  expect(refused).toMatchObject({ code: 5, stdout: '' })
  expect(refused.stderr).toContain(`error: ${SHOWN}\n`)
  expect(refused.stderr).not.toMatch(UNSAFE)

  status.network = EVIL
  const { stderr } = await machine.run('status', ...node)
  expect(stderr).not.toMatch(UNSAFE)
})

test('on a terminal, too, where there are colours', async () => {
  const machine = await Machine.create()
  await machine.run('send', '--from', 'ann', '--to', EVIL, '--amount', '1')
  const screen = Screen.run(machine, ['pending'], { columns: 300 })
  expect(await screen.ended).toBe(0)
  expect(screen.text).toContain(CELL)
  expect(screen.bytes).not.toContain('\x1b[2J')
  expect(screen.bytes).not.toContain('\x1b]0;')
})
