import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Block } from '../../src/consensus/rules.js'
import type { Node } from '../../src/node/node.js'
import { JsonNumber, printJson } from '../../src/primitives/json/value.js'
import { dumps, sha256 } from '../support/chains.js'
import { type PythonNode, startPython } from '../support/python-node.js'
import { get, post } from '../support/raw-http.js'
import {
  allBlocks,
  mineBlocks,
  openLevelDb,
  openServed,
  type Served,
  TUTORIAL,
  TUTORIAL_BOUND,
  temporaryFolder,
} from '../support/test-node.js'

const EDITIONS = { article: TUTORIAL, bound: TUTORIAL_BOUND } as const
type Edition = keyof typeof EDITIONS

const FORMS = ['compact', 'indented', 'spaced'] as const

const PAIRS = (['article', 'bound'] as const).flatMap((edition) => FORMS.map((form) => [edition, form] as const))

beforeAll(() => {
  const { error, stdout } = spawnSync('python3', ['--version'], { encoding: 'utf8' })
  if (error !== undefined) throw new Error(`these tests need python3: ${error.message}`)
  expect(stdout).toMatch(/^Python 3\./)
})

describe.each(PAIRS)('%s edition, %s JSON', (edition, json) => {
  test("our node adopts the Python node's longer chain, with equal hashes", async () => {
    const python = await startPython({ edition, json })
    const ours = await openServed({ network: EDITIONS[edition] })
    await pay(python, '{"sender": "a", "recipient": "b", "amount": 5}')
    await mineInPython(python, 3)
    await ours.node.mine()
    await ours.node.addPeers([python.address])
    expect(await ours.node.resolve()).toMatchObject({ replaced: true, lengthBefore: 2, length: 4, forkedAt: 0 })
    await expectSameChain(ours, python)
  })

  test('the Python node adopts our longer chain, with equal hashes', async () => {
    const python = await startPython({ edition, json })
    const ours = await openServed({ network: EDITIONS[edition] })
    await ours.node.submitPayment({ sender: 'é', recipient: 'b', amount: new JsonNumber('0.5') })
    await mineBlocks(ours.node, 2)
    await mineInPython(python, 1)
    await register(python, `http://${ours.address}`)
    expect(await resolveInPython(python)).toBe('Our chain was replaced')
    await expectSameChain(ours, python)
    // Python judges our chain by its own hashes once more when it builds on it.
    await mineInPython(python, 1)
    const chain = await chainOf(python)
    expect(chain.at(-1)!.previous_hash).toBe((await ours.node.status()).tip)
  })
})

describe.each(['article', 'bound'] as const)('%s edition', (edition) => {
  test('mining alternately on both sides: each goes on upon what the other found', async () => {
    const python = await startPython({ edition, identity: 'snake' })
    const ours = await openServed({ network: EDITIONS[edition], identity: 'ours' })
    await ours.node.addPeers([python.address])
    await register(python, ours.address)
    await ours.node.mine()
    for (let round = 0; round < 3; round++) {
      expect(await resolveInPython(python)).toBe('Our chain was replaced')
      await pay(python, `{"sender": "snake", "recipient": "ours", "amount": ${round + 0.5}}`)
      await mineInPython(python, 1)
      expect(await ours.node.resolve()).toMatchObject({
        replaced: true,
        length: 2 * round + 3,
        forkedAt: 2 * round + 2,
      })
      await ours.node.mine()
    }
    expect(await resolveInPython(python)).toBe('Our chain was replaced')
    await expectSameChain(ours, python)
    expect(await ours.node.status()).toMatchObject({ length: 8, pending: 0 })
    expect(await ours.node.balance('ours')).toMatchObject({ amount: '8.5', uncounted: 0 })
    expect(await ours.node.balance('snake')).toMatchObject({ amount: '-1.5', uncounted: 0 })
    expect(await resolveInPython(python)).toBe('Our chain is authoritative')
    expect((await ours.node.resolve()).verdicts).toMatchObject([{ outcome: 'equal', length: 8 }])
  })

  test('transactions and numbers that only Python tolerates survive there and back, with equal hashes', async () => {
    const python = await startPython({ edition })
    const ours = await openServed({ network: EDITIONS[edition] })
    for (const amount of AMOUNTS) await pay(python, `{"sender": "a", "recipient": "b", "amount": ${amount}}`)
    for (const text of TEXTS) await pay(python, `{"sender": ${text}, "recipient": ${text}, "amount": 1}`)
    await mineInPython(python, 2)
    await ours.node.addPeers([python.address])
    expect(await ours.node.resolve()).toMatchObject({ replaced: true, length: 3 })
    await expectSameChain(ours, python)

    // Back: another Python node takes it from us, and a chain of ours upon it.
    await ours.node.mine()
    const other = await startPython({ edition })
    await register(other, ours.address)
    expect(await resolveInPython(other)).toBe('Our chain was replaced')
    await expectSameChain(ours, other)
    await register(python, ours.address)
    expect(await resolveInPython(python)).toBe('Our chain was replaced')

    // As Python itself writes them, byte for byte.
    const block = printJson((await ours.node.blocks({ from: 2, limit: 1 })).blocks[0].block)
    for (const shown of SHOWN) expect(block).toContain(`{"amount": ${shown}, "recipient": "b", "sender": "a"}`)
  })

  test('numbers that our own pool takes have the same hash in Python', async () => {
    const python = await startPython({ edition })
    const ours = await openServed({ network: EDITIONS[edition] })
    for (const amount of [
      '1.0',
      '1e16',
      '0.00001',
      '1e2',
      '12345678901234567890123',
      '5e-324',
      '0.1',
      '1e22',
      '123456789.125',
    ]) {
      const answer = await post(
        ours.port,
        '/transactions/new',
        `{"sender": "a", "recipient": "é😀\\ud800", "amount": ${amount}}`,
      )
      expect(answer.status).toBe(201)
    }
    await mineBlocks(ours.node, 2)
    await register(python, ours.address)
    expect(await resolveInPython(python)).toBe('Our chain was replaced')
    await expectSameChain(ours, python)
  })

  test('proofs that are texts or fractions are judged as Python judges them: its str() decides', async () => {
    const chain = chainOfOddProofs(edition)
    const python = await startPython({ edition, chain: `[${chain.join(', ')}]` })
    // A node of its kind takes it from it, so it is valid to Python.
    const judge = await startPython({ edition })
    await register(judge, python.address)
    expect(await resolveInPython(judge)).toBe('Our chain was replaced')
    const ours = await openServed({ network: EDITIONS[edition] })
    await ours.node.addPeers([python.address])
    expect((await ours.node.resolve()).verdicts).toMatchObject([{ outcome: 'adopted', length: 3 }])
    await expectSameChain(ours, python)
    await ours.node.mine()
    await register(python, ours.address)
    expect(await resolveInPython(python)).toBe('Our chain was replaced')
  })

  test('extra fields, an odd first block and indexes that are wrong are tolerated, and hashed', async () => {
    const first = '{"proof": 100, "a": {"z": [1.0, -0.0, 1e-7], "é": null, "😀": 1, "\uffff": 2}, "index": "one"}'
    const python = await startPython({ edition, chain: `[${first}]` })
    await mineInPython(python, 2)
    const ours = await openServed({ network: EDITIONS[edition] })
    await ours.node.addPeers([python.address])
    expect((await ours.node.resolve()).verdicts).toMatchObject([{ outcome: 'adopted', length: 3 }])
    await expectSameChain(ours, python)
    const mined = await ours.node.mine()
    await register(python, ours.address)
    expect(await resolveInPython(python)).toBe('Our chain was replaced')
    expect(mined.height).toBe(4)
  })

  test('other-edition: a chain of the other edition is reported as that, and the Python node refuses ours', async () => {
    const other = edition === 'article' ? 'bound' : 'article'
    const python = await startPython({ edition: other })
    const ours = await openServed({ network: EDITIONS[edition] })
    await mineInPython(python, 2)
    await ours.node.addPeers([python.address])
    const report = await ours.node.resolve()
    expect(report).toMatchObject({ replaced: false, length: 1 })
    expect(report.verdicts).toMatchObject([{ outcome: 'other-edition', block: 2 }])
    await mineBlocks(ours.node, 4)
    await register(python, ours.address)
    expect(await resolveInPython(python)).toBe('Our chain is authoritative')
  })

  test('no-chain: NaN, which only Python writes, is named and not adopted', async () => {
    const python = await startPython({ edition })
    const ours = await openServed({ network: EDITIONS[edition] })
    await pay(python, '{"sender": "a", "recipient": "b", "amount": NaN}')
    await mineInPython(python, 1)
    await ours.node.addPeers([python.address])
    expect((await ours.node.resolve()).verdicts).toMatchObject([
      { outcome: 'no-chain', message: expect.stringContaining('NaN') },
    ])
    expect((await ours.node.status()).length).toBe(1)
  })

  test('a chain of 2 MB, which Python hangs up behind while LevelDB still writes, is adopted whole', async () => {
    const note = JSON.stringify('x'.repeat(200_000))
    const python = await startPython({ edition })
    const store = await openLevelDb(await temporaryFolder())
    const ours = await openServed({ network: EDITIONS[edition], store })
    for (let i = 0; i < 10; i++) await pay(python, `{"sender": ${note}, "recipient": "b", "amount": ${i + 1}}`)
    await mineInPython(python, 2)
    await ours.node.addPeers([python.address])
    for (let i = 0; i < 5; i++) {
      await mineInPython(python, 1)
      expect(await ours.node.resolve()).toMatchObject({ replaced: true, length: 4 + i })
    }
    await expectSameChain(ours, python)
  })
})

test.each([
  'true',
  'false',
  'null',
  '1.5',
  '1e30',
  '-0.0',
  '"text"',
  '"\\u00e9\\ud83d\\ude00"',
  '""',
  '12345678901234567890',
])('a first proof %s, which nothing checks, sets the next puzzle as in Python', async (proof) => {
  const python = await startPython({ chain: `[{"proof": ${proof}}]` })
  await mineInPython(python, 1)
  const ours = await openServed({ network: TUTORIAL })
  await ours.node.addPeers([python.address])
  expect((await ours.node.resolve()).verdicts).toMatchObject([{ outcome: 'adopted', length: 2 }])
  await expectSameChain(ours, python)
})

/** What a Python node takes for an amount, */
const AMOUNTS = [
  '1.0',
  '1e16',
  '0.00001',
  '-0',
  '-0.0',
  '12345678901234567890123456789012345678901234567890',
  '1.7976931348623157e308',
  '5e-324',
  '0.30000000000000004',
  '1E22',
  '"5"',
  'true',
  'null',
  '[[[7, 1.0]]]',
  '{"b": {"z": -0.0, "a": [1e5, "\\ud83d"]}, "a": {}}',
  '{"__proto__": 1, "constructor": {"prototype": 2}}',
]

/** and how it writes some of them. */
const SHOWN = [
  '1.0',
  '1e+16',
  '1e-05',
  '0',
  '-0.0',
  '12345678901234567890123456789012345678901234567890',
  '1e+22',
  'true',
  'null',
  '[[[7, 1.0]]]',
  '{"a": {}, "b": {"a": [100000.0, "\\ud83d"], "z": -0.0}}',
]

const TEXTS = [
  '"é😀\\u007f"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud83d\\ude00"',
  '"\\u0000\\b\\f\\n\\r\\t\\"\\\\\\/"',
  '"\u2028\u2029\ufeff"',
  '5',
  'null',
]

async function pay(python: PythonNode, transaction: string): Promise<void> {
  expect((await post(python.port, '/transactions/new', transaction)).status).toBe(201)
}

async function mineInPython(python: PythonNode, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect((await get(python.port, '/mine')).status).toBe(200)
}

async function register(python: PythonNode, address: string): Promise<void> {
  const answer = await post(python.port, '/nodes/register', JSON.stringify({ nodes: [address] }))
  expect(answer.status).toBe(201)
}

/** @returns the message */
async function resolveInPython(python: PythonNode): Promise<string> {
  const { status, text } = await get(python.port, '/nodes/resolve')
  expect(status).toBe(200)
  return JSON.parse(text).message
}

async function chainOf({ port }: { port: number }): Promise<{ previous_hash: unknown }[]> {
  return JSON.parse((await get(port, '/chain')).text).chain
}

/**
 * Both sides have the same blocks, and each of them the same hash: ours, the one that the next block
 * names, and the one that Python computes of what the Python node tells.
 */
async function expectSameChain(ours: Served & { node: Node<Block> }, python: PythonNode): Promise<void> {
  const blocks = await allBlocks(ours.node)
  for (const { hash, block } of blocks) expect(hash).toBe(sha256(printJson(block)))
  const hashes = blocks.map(({ hash }) => hash)
  expect((await chainOf(python)).slice(1).map(({ previous_hash }) => previous_hash)).toEqual(hashes.slice(0, -1))
  const [here, there] = await Promise.all([get(ours.port, '/chain'), get(python.port, '/chain')])
  expect(pythonHashes(here.text, there.text)).toEqual([...hashes, ...hashes])
}

/** The hashes of the blocks of some answers, as Python computes them. */
function pythonHashes(...answers: string[]): string[] {
  const program = `
import hashlib, json, sys
for answer in json.load(sys.stdin):
    for block in answer["chain"]:
        print(hashlib.sha256(json.dumps(block, sort_keys=True).encode()).hexdigest())
`
  const input = `[${answers.join(',')}]`
  const { stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8', maxBuffer: 2 ** 26 })
  expect(stderr).toBe('')
  return stdout.trim().split('\n')
}

/** A chain whose second proof is a text, and whose third a fraction; both are as good as integers to Python. */
function chainOfOddProofs(edition: Edition): string[] {
  const previous_hash = edition === 'article' ? 1 : '1'
  const blocks = [dumps({ index: 1, previous_hash, proof: 100, timestamp: 1.5, transactions: [] })]
  let last = '100'
  for (const kind of [
    (n: number) => ({ json: `"\\u00e9${n}"`, str: `é${n}` }),
    (n: number) => ({ json: `${n}.5`, str: `${n}.5` }),
  ]) {
    const hash = sha256(blocks.at(-1)!)
    let n = 1
    while (!sha256(`${last}${kind(n).str}${edition === 'bound' ? hash : ''}`).startsWith('0000')) n++
    const head = `{"index": ${blocks.length + 1}, "previous_hash": "${hash}"`
    blocks.push(`${head}, "proof": ${kind(n).json}, "timestamp": 2.5, "transactions": []}`)
    last = kind(n).str
  }
  return blocks
}
