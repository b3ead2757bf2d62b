import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isReject } from '../../src/consensus/reject.js'
import { DEV, networkId, readDefinition, SECURE } from '../../src/consensus/secure/definition.js'
import { faultOfSignature } from '../../src/consensus/signature.js'
import { utf8 } from '../../src/primitives/bytes.js'
import { canonicalJson } from '../../src/primitives/json/canonicalizer.js'
import { JsonSyntaxError } from '../../src/primitives/json/syntax-error.js'
import { parseJson } from '../../src/primitives/json/value.js'
import { Dice } from '../support/dice.js'
import { DEV_RULES, Holder, nextBlock } from '../support/secure.js'
import { damagedBlock } from '../support/secure-damage.js'
import { SecureJudge } from '../support/secure-judge.js'
import { SecureVerifier } from '../support/secure-verifier.js'
import { temporaryFolder } from '../support/test-node.js'
import { codeOf } from '../support/tutorial.js'
import wycheproof from '../vectors/wycheproof-ed25519.json' with { type: 'json' }

/** Blocks that both judge; JUDGED_BLOCKS asks for more. */
const JUDGED = Number(process.env.JUDGED_BLOCKS ?? 400)
const HOLDERS = [1, 2, 3].map((seed) => new Holder(seed))
const [alice, bob, carol] = HOLDERS as [Holder, Holder, Holder]
const LIMITS = { maxDepth: 4, maxBytes: 10_000_000, isStrict: true }

let python: SecureVerifier
let judge: SecureJudge
let now: number

/** Both have the same chain, in which all have coins and some have paid. */
beforeAll(async () => {
  python = new SecureVerifier()
  await python.start(DEV)
  judge = new SecureJudge(DEV_RULES)
  for (const miner of [alice, bob, carol, alice]) await extend(nextBlock(judge.tip, { miner: miner.address }))
  const transfers = [
    alice.pay(bob.address, { amount: 5, fee: 1, memo: '커피 ☕' }),
    bob.pay(carol.address, { amount: 7 }),
  ]
  await extend(nextBlock(judge.tip, { miner: carol.address, transfers }))
  now = judge.tip.header.timestamp
})
afterAll(() => python.close())

async function extend(block: object): Promise<void> {
  const text = JSON.stringify(block)
  expect(await judge.connect(text, 2_000_000_000)).toBeUndefined()
  expect(await python.connect(text, 2_000_000_000)).toBeUndefined()
}

test(`of ${JUDGED} blocks, damaged anywhere, both say the same: valid, or by which rule not`, {
  timeout: 1_200_000,
}, async () => {
  const dice = new Dice(Number(process.env.JUDGE_SEED ?? 20_261_123))
  const nonces = new Map([
    [alice.address, 1],
    [bob.address, 1],
  ])
  const options = { holders: HOLDERS, stranger: new Holder(9), nonceOf: (address: string) => nonces.get(address) ?? 0 }
  const seen = new Map<string, number>()
  for (let i = 0; i < JUDGED; i++) {
    const text = damagedBlock(dice, judge.tip, options)
    const [ours, theirs] = await Promise.all([judge.refusal(text, now), python.code(text, now)])
    expect({ code: ours?.code, message: ours?.message, text: text.slice(0, 3000) }).toMatchObject({ code: theirs })
    seen.set(theirs ?? 'valid', (seen.get(theirs ?? 'valid') ?? 0) + 1)
  }
  // It would prove little if most of them fell to one rule.
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining(['bad-format', 'bad-diffbits', 'bad-nonce', 'bad-signature', 'valid']),
  )
  expect(seen.size).toBeGreaterThanOrEqual(JUDGED < 300 ? 12 : 18)
})

test('a whole exported chain of 80 blocks comes to the same tip, work, supply and accounts', {
  timeout: 300_000,
}, async () => {
  const dice = new Dice(7)
  const own = new SecureJudge(DEV_RULES)
  const lines = [JSON.stringify({ format: 'chain-export', id: networkId(DEV), definition: DEV })]
  lines.push(Buffer.from(own.tip.encoded).toString())
  const nonces = new Map<string, number>()
  for (let i = 0; i < 80; i++) {
    const transfers = Array.from({ length: i < 4 ? 0 : dice.below(3) }, () => {
      const from = dice.one(HOLDERS)
      const nonce = nonces.get(from.address) ?? 0
      nonces.set(from.address, nonce + 1)
      return from.pay(dice.one(HOLDERS).address, { amount: 1 + dice.below(1e6), fee: dice.below(1000), nonce })
    })
    const block = nextBlock(own.tip, { miner: HOLDERS[i % 3]!.address, transfers, after: 1 + dice.below(20) })
    expect(await own.connect(JSON.stringify(block), 2_000_000_000)).toBeUndefined()
    lines.push(JSON.stringify(block))
  }
  const file = `${await temporaryFolder()}/chain.jsonl`
  await writeFile(file, `${lines.join('\n')}\n`)
  const replayed = await python.replay(file, 2_000_000_000)
  expect(replayed).toMatchObject({ length: 81, tip: own.tip.hash, work: String(80 * 2), supply: 80 * 5_000_000_000 })
  for (const { address } of HOLDERS) {
    const [balance] = (replayed as { accounts: Record<string, [number, number]> }).accounts[address]!
    const { amount } = DEV_RULES.readBalance(own.ledger.get(DEV_RULES.balanceKey(address)))
    expect(Math.round(Number(amount) * 1e8)).toBe(balance)
  }
})

test('all of Wycheproof’s signatures: the same fault, or none', { timeout: 120_000 }, async () => {
  for (const { tcId, public_key, message, signature, valid } of wycheproof.tests) {
    // Others than 64 bytes are no signature of ours: they have no form.
    if (signature.length !== 128) continue
    const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
    const ours = faultOfSignature({
      publicKey: bytes(public_key),
      message: bytes(message),
      signature: bytes(signature),
    })
    expect(await python.signature({ public_key, message, signature }), `case ${tcId}`).toBe(ours ?? null)
    expect(ours === undefined, `case ${tcId}`).toBe(valid)
  }
})

test('small and mixed orders: the same fault, or none', { timeout: 120_000 }, async () => {
  const dice = new Dice(3)
  const orders = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ]
  const keys = orders.flatMap((hex) => [
    hex,
    hex.slice(0, 62) + (Number.parseInt(hex.slice(62), 16) ^ 0x80).toString(16).padStart(2, '0'),
  ])
  for (let i = 0; i < 30; i++) keys.push(Buffer.from(Array.from({ length: 32 }, () => dice.below(256))).toString('hex'))
  for (const public_key of keys) {
    const signature = dice.one(orders) + '00'.repeat(32)
    const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
    const ours = faultOfSignature({ publicKey: bytes(public_key), message: bytes('00'), signature: bytes(signature) })
    expect(await python.signature({ public_key, message: '00', signature }), public_key).toBe(ours ?? null)
  }
})

test('transfers that are to be pending, each byte of which may be wrong', { timeout: 120_000 }, async () => {
  const dice = new Dice(11)
  for (let i = 0; i < 150; i++) {
    const whole = JSON.stringify(alice.pay(bob.address, { amount: 1 + dice.below(9), nonce: 1, memo: 'Größe' }))
    const at = dice.below(whole.length)
    const text = dice.chance(0.1)
      ? whole
      : whole.slice(0, at) + dice.one(['0', 'a', '"', '-', '.', '', 'é']) + whole.slice(at + 1)
    const theirs = await python.transaction(text)
    expect({ text, code: pendingCode(text) }).toEqual({ text, code: theirs.code })
  }
})

function pendingCode(text: string): string | undefined {
  try {
    return codeOf(DEV_RULES.decodeTransaction(parseJson(utf8(text), LIMITS)))
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    return 'bad-format'
  }
}

describe('definitions', () => {
  const changes: readonly [field: string, values: readonly unknown[]][] = [
    ['name', ['', 'a', 'x'.repeat(64), 'x'.repeat(65), 'Class', 'a_b', '../x', 5, null]],
    ['rules', ['tutorial', 'Secure', '']],
    ['hrp', ['', 'x', '1a', 'a1', 'x'.repeat(50), 'x'.repeat(51), 'A', 'a-b']],
    ['genesis_time', [0, 2 ** 32 - 1, 2 ** 32, -1, '5', 1.5]],
    [
      'genesis_bits',
      ['1f00ffff', '1f010000', '2000ffff', '00000000', '1e00FFFF', '1e00fff', '01fedcba', '0300ffff', '04000001'],
    ],
    ['pow_limit', ['1e00ffff', '1e00fffe', '207fffff', '2100ffff', 'ff123456', '1f0000ff']],
    ['block_time', [0, 1, 2 ** 53 - 1, 2 ** 53, -5]],
    ['max_solve_time', [0, 1]],
    ['smoothing', [-1, 0, 1]],
    ['future_limit', [-1, 0]],
    ['subsidy', [-1, 0, 5_000_000_001, 2 ** 53 - 1]],
    ['halving_interval', [0, 1, 840_001]],
    ['max_block_bytes', [999, 1000, 1_000_000, 1_000_001]],
    ['colour', ['red']],
  ]

  test.each(changes.flatMap(([field, values]) => values.map((value) => [field, value] as const)))(
    '%s: %j is within its bounds for both, or for neither',
    async (field, value) => {
      const text = JSON.stringify({ ...SECURE, [field]: value })
      const definition = readDefinition(parseJson(utf8(text), LIMITS))
      const theirs = await python.definition(text)
      expect(isReject(definition) ? { code: definition.code } : { id: networkId(definition) }).toEqual(theirs)
    },
  )

  test('a field that stands twice, one that is missing, and a list', async () => {
    const twice = JSON.stringify(DEV).replace('{', '{"name":"dev",')
    expect(await python.definition(twice)).toEqual({ code: 'bad-definition' })
    expect(() => canonicalJson(utf8(twice), LIMITS)).toThrow('stands twice')
    const { hrp: _, ...rest } = DEV
    for (const text of [JSON.stringify(rest), '[]', '5']) {
      expect(await python.definition(text)).toEqual({ code: 'bad-definition' })
      expect(codeOf(readDefinition(parseJson(utf8(text), LIMITS)))).toBe('bad-definition')
    }
  })
})
