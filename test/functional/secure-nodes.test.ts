import { createHash } from 'node:crypto'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { NodeEvent } from '../../src/api/schemas.js'
import { networkNamed } from '../../src/consensus/networks.js'
import { isReject } from '../../src/consensus/reject.js'
import type { Block } from '../../src/consensus/rules.js'
import type { TransferFields } from '../../src/consensus/secure/transaction.js'
import type { HttpNodeApi } from '../../src/http/http-node-api.js'
import type { Node } from '../../src/node/node.js'
import { type JsonValue, parseJson, printJsonBytes, readCanonicalJson } from '../../src/primitives/json/value.js'
import { ApiDescription } from '../support/api-description.js'
import { NaiveLedger } from '../support/naive-ledger.js'
import { call } from '../support/raw-http.js'
import {
  DEV_RULES,
  decodeSecure,
  Holder,
  nextBlock,
  type PlainSecureBlock,
  printed,
  secureChain,
} from '../support/secure.js'
import { allBlocks, connect, openServed } from '../support/test-node.js'

const JSON_TYPE = 'application/json'
const network = networkNamed('dev')!
const [alice, bob, carol] = [1, 2, 3].map((seed) => new Holder(seed)) as [Holder, Holder, Holder]

function json(value: object): JsonValue {
  return readCanonicalJson(printed(value))
}

/** A served node, and the events that say what became impossible. */
async function openSecure() {
  const served = await openServed({ network })
  const dropped: Extract<NodeEvent, { type: 'transaction-dropped' }>[] = []
  const listen = async () => {
    for await (const { event } of served.node.events()) if (event.type === 'transaction-dropped') dropped.push(event)
  }
  const listening = listen()
  return { ...served, api: connect(served.url), dropped, listening }
}

/** All blocks of a node as they are printed. */
async function plainBlocks(node: Node<Block>): Promise<PlainSecureBlock[]> {
  const blocks = await allBlocks(node)
  return blocks.map(({ block }) =>
    JSON.parse(JSON.stringify(block, (_key, value) => (value?.text ? Number(value.text) : value))),
  )
}

async function mineFor(api: HttpNodeApi, holder: Holder, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await api.mine({ to: holder.address })
}

test('two nodes that mined apart for 50 blocks agree after exchanging them; what still holds is mined or pending, the rest is reported', async () => {
  const [one, two] = [await openSecure(), await openSecure()]
  // The same beginning: alice and bob have coins.
  await mineFor(one.api, alice, 2)
  await mineFor(one.api, bob, 2)
  for (const { block } of await allBlocks(one.node)) await two.api.submitBlock(block)
  expect((await two.node.status()).tip).toBe((await one.node.status()).tip)

  // On one, alice pays carol; on the other, she pays herself with the same nonces, and bob pays carol.
  const sent: TransferFields[] = []
  const send = async ({ api }: { api: HttpNodeApi }, transfer: TransferFields) => {
    await api.submitPayment(json(transfer))
    sent.push(transfer)
  }
  for (let i = 0; i < 50; i++) {
    if (i % 10 === 0) await send(one, alice.pay(carol.address, { amount: 1000 + i, nonce: i / 10 }))
    await one.api.mine({ to: carol.address })
  }
  for (let i = 0; i < 52; i++) {
    if (i % 20 === 0) await send(two, alice.pay(alice.address, { amount: 1, nonce: i / 20 }))
    if (i % 10 === 0 && i < 50) await send(two, bob.pay(carol.address, { amount: 7, nonce: i / 10 }))
    await two.api.mine({ to: bob.address })
  }
  const [ours, theirs] = [await allBlocks(one.node), await allBlocks(two.node)]
  for (const { block } of theirs) await one.api.submitBlock(block)
  for (const { block } of ours) await two.api.submitBlock(block)

  const [first, second] = [await one.node.status(), await two.node.status()]
  expect(first.tip).toBe(second.tip)
  expect(first.length).toBe(57)
  const chain = await plainBlocks(one.node)
  const ledger = NaiveLedger.after(chain.slice(1))!
  for (const { address } of [alice, bob, carol]) {
    const { amount } = await one.api.balance(address)
    expect(amount).toBe((await two.api.balance(address)).amount)
    expect(Math.round(Number(amount) * 1e8)).toBe(Number(ledger.of(address).balance))
  }
  // Alice's first three nonces are taken by what she paid herself; her fourth and fifth payment are pending again.
  const mined = new Set(
    chain.flatMap(({ transactions }) => transactions).map((each) => ('signature' in each ? each.signature : '')),
  )
  const pending = new Set(
    (await one.api.pending({ limit: 100 })).transactions.map((each) =>
      String((each as { signature: string }).signature),
    ),
  )
  await one.node.stop()
  await one.listening
  const lost = sent.filter(({ signature }) => !mined.has(signature) && !pending.has(signature))
  expect(lost.map(({ amount }) => amount)).toEqual([1000, 1010, 1020])
  expect([...pending]).toEqual(
    sent.filter(({ amount }) => amount === 1030 || amount === 1040).map(({ signature }) => signature),
  )
  expect(one.dropped.map(({ code }) => code)).toEqual(['bad-nonce', 'bad-nonce', 'bad-nonce'])
})

describe('POST /api/blocks', () => {
  test('answers as the description of the API says, and with the code of the rule that is broken', async () => {
    const { api, port } = await openSecure()
    const description = await ApiDescription.of(port)
    const blocks = secureChain(
      DEV_RULES.genesis(),
      Array.from({ length: 4 }, () => ({ miner: alice.address })),
    )
    const rival = secureChain(DEV_RULES.genesis(), [{ miner: bob.address }])
    const plain = (block: { encoded: Uint8Array }): PlainSecureBlock =>
      JSON.parse(Buffer.from(block.encoded).toString())
    const offer = async (body: string) => {
      const answer = await call(port, 'POST', '/api/blocks', { headers: { 'Content-Type': JSON_TYPE }, body })
      const status = String(answer.status)
      const schema = [
        'paths',
        '/api/blocks',
        'post',
        'responses',
        status === '200' ? status : 'default',
        'content',
        JSON_TYPE,
        'schema',
      ]
      const parsed = JSON.parse(answer.text)
      expect(description.at(...schema)(parsed), answer.text).toBe(true)
      return { status: answer.status, what: parsed.outcome ?? parsed.error.code }
    }
    const offerBlock = (block: object) => offer(JSON.stringify(block))
    expect(await offerBlock(plain(blocks[1]!))).toEqual({ status: 200, what: 'waiting' })
    expect(await offerBlock(plain(blocks[0]!))).toEqual({ status: 200, what: 'active' })
    expect(await offerBlock(plain(blocks[0]!))).toEqual({ status: 200, what: 'known' })
    expect(await offerBlock(plain(rival[0]!))).toEqual({ status: 200, what: 'side' })
    expect((await api.status()).length).toBe(3)

    const forged = { ...alice.pay(bob.address), signature: 'ab'.repeat(64) }
    expect(await offerBlock(nextBlock(blocks[1]!, { miner: bob.address, transfers: [forged] }))).toEqual({
      status: 400,
      what: 'bad-signature',
    })
    const poor = nextBlock(blocks[1]!, { miner: bob.address, transfers: [carol.pay(bob.address)] })
    expect(await offerBlock(poor)).toEqual({ status: 400, what: 'insufficient-funds' })
    expect(await offerBlock({ ...plain(blocks[2]!), transactions: [] })).toEqual({
      status: 400,
      what: 'bad-txnmrklroot',
    })
    expect(await offerBlock({ ...plain(blocks[2]!), hash: '00'.repeat(32) })).toEqual({ status: 400, what: 'bad-hash' })
    const text = JSON.stringify(plain(blocks[2]!))
    expect(await offer(text.replace('{', '{"index":4,'))).toEqual({ status: 400, what: 'bad-request' })
    expect(await offer(text.replace('"proof":', '"proof":-0,"x":'))).toEqual({ status: 400, what: 'bad-request' })
    expect(await offer('[]')).toMatchObject({ status: 400 })
    expect(await offer(`[${'0,'.repeat(60_000)}0]`)).toEqual({ status: 400, what: 'bad-request' })
    expect(await offer('{}')).toMatchObject({ status: 400 })
    expect((await api.status()).length).toBe(3)
    expect(await offer(text)).toEqual({ status: 200, what: 'active' })
  })

  test('time-too-new by more than a timer can wait: it waits, and keeps nobody busy', async () => {
    const { port } = await openSecure()
    const warn = vi.spyOn(process, 'emitWarning')
    onTestFinished(() => warn.mockRestore())
    const timer = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => timer.mockRestore())
    const block = nextBlock(DEV_RULES.genesis(), { miner: alice.address, fields: { timestamp: 0xffff_ffff } })
    const body = JSON.stringify(block)
    const { text } = await call(port, 'POST', '/api/blocks', { headers: { 'Content-Type': JSON_TYPE }, body })
    expect(JSON.parse(text)).toMatchObject({
      outcome: 'waiting',
      reason: expect.stringContaining('ahead of our clock'),
    })
    expect(timer.mock.calls.map(([, ms]) => ms)).toContain(2 ** 31 - 1)
    expect(warn).not.toHaveBeenCalled()
  })

  test('unsupported on a tutorial network: 404, and a body of any kind changes nothing', async () => {
    const { port, node } = await openServed()
    const body = JSON.stringify({ index: 2 })
    const { status, text } = await call(port, 'POST', '/api/blocks', { headers: { 'Content-Type': JSON_TYPE }, body })
    expect([status, JSON.parse(text).error.code]).toEqual([404, 'unsupported'])
    expect((await node.status()).length).toBe(1)
  })
})

test('forged, replayed, overspent, malformed and foreign transfers are each refused with their code, and leave no trace', async () => {
  const { api, port, node } = await openSecure()
  await mineFor(api, alice, 2)
  await api.submitPayment(json(alice.pay(bob.address, { amount: 5 })))
  const trace = async () => [await node.status(), await api.pending({ limit: 10 }), await api.balance(alice.address)]
  const before = await trace()
  const good = (fields: Partial<TransferFields> = {}) => alice.pay(bob.address, { nonce: 1, ...fields })
  const cases: [code: string, body: object | string][] = [
    ['bad-signature', { ...good(), signature: bob.pay(alice.address, { nonce: 1 }).signature }],
    ['bad-signature', { ...good(), amount: 2 }],
    ['bad-signature', alice.pay(bob.address, { nonce: 1 }, '99'.repeat(32))],
    ['already-pending', alice.pay(bob.address, { amount: 5 })],
    ['fee-too-low', good({ fee: 999 })],
    ['fee-too-low', alice.pay(bob.address, { amount: 6, fee: 1_099 })],
    ['bad-nonce', good({ nonce: 2 })],
    ['insufficient-funds', good({ amount: 10_000_000_000 })],
    ['bad-amount', good({ amount: 0 })],
    ['bad-memo', good({ memo: 'a\u202eb' })],
    ['bad-address', alice.pay(new Holder(2, 'chain').address, { nonce: 1 })],
    ['bad-public-key', good({ public_key: Buffer.from(bob.publicKey).toString('hex') })],
    ['bad-format', { ...good(), gas: 1 }],
    ['bad-format', { sender: '0', recipient: alice.address, amount: 1, nonce: 3 }],
    ['bad-format', JSON.stringify(good()).replace('"fee":1000', '"fee":1000.0')],
    ['bad-request', JSON.stringify(good()).replace('"fee":1000', '"fee":-0')],
    ['bad-request', JSON.stringify(good()).replace('{', '{"amount":1,')],
  ]
  for (const [code, body] of cases) {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await call(port, 'POST', '/transactions/new', { headers: { 'Content-Type': JSON_TYPE }, body: text })
    expect({ text, status: answer.status, code: JSON.parse(answer.text).error?.code }).toEqual({
      text,
      status: 400,
      code,
    })
    expect(await trace()).toEqual(before)
  }
  await api.submitPayment(json(good()))
  expect((await node.status()).pending).toBe(2)
  const { block } = await api.mine({ to: bob.address })
  expect(
    decodeSecure(JSON.parse(JSON.stringify(block, (_key, value) => (value?.text ? Number(value.text) : value))))
      .transactions,
  ).toHaveLength(3)
  expect(parseJson(printed(good()), DEV_RULES.blockLimits)).toBeDefined()
})

/** The way to what a GET answers, in the description of the API. */
const answerOf = (path: string): string[] => ['paths', path, 'get', 'responses', '200', 'content', JSON_TYPE, 'schema']

describe('a miner elsewhere', () => {
  /** As the description of the template says, and with nothing of ours. */
  const sha256d = (bytes: Uint8Array): Buffer =>
    createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest()
  const shown = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString('hex')

  test('finds the next block with the template alone, and the node takes it', async () => {
    const { api, port, node } = await openSecure()
    await mineFor(api, alice, 1)
    await api.submitPayment(json(alice.pay(bob.address, { amount: 5 })))
    const description = await ApiDescription.of(port)
    for (const extraNonce of ['0000000000000000', 'c0ffee0000000001']) {
      const { status, text } = await call(port, 'GET', `/api/mining/template?address=${carol.address}`)
      expect(status).toBe(200)
      const template = JSON.parse(text)
      expect(description.at(...answerOf('/api/mining/template'))(template), text).toBe(true)
      const leaf = sha256d(Buffer.from(template.coinbaseId + extraNonce, 'hex'))
      const root = template.branch.reduce(
        (left: Buffer, right: string) => sha256d(Buffer.concat([left, Buffer.from(right, 'hex')])),
        leaf,
      )
      const header = Buffer.from(template.header, 'hex')
      root.copy(header, 36)
      let proof = 0
      while (shown(sha256d(header)) > template.target) header.writeUInt32LE(++proof, 76)
      const block = {
        ...template.block,
        merkle_root: shown(root),
        extra_nonce: extraNonce,
        proof,
        hash: shown(sha256d(header)),
      }
      const body = JSON.stringify(block)
      const answer = await call(port, 'POST', '/api/blocks', { headers: { 'Content-Type': JSON_TYPE }, body })
      expect(JSON.parse(answer.text)).toMatchObject({ outcome: 'active', height: template.height })
    }
    expect(await node.status()).toMatchObject({ length: 4, pending: 0 })
    expect((await api.balance(carol.address)).amount).toBe('100.00001')
  })

  test('is refused a template for whom nobody can pay, and where work binds nothing', async () => {
    const { port } = await openSecure()
    const codeOf = async (of: number, query: string): Promise<unknown[]> => {
      const { status, text } = await call(of, 'GET', `/api/mining/template${query}`)
      return [status, JSON.parse(text).error.code]
    }
    expect(await codeOf(port, '')).toEqual([400, 'bad-address'])
    expect(await codeOf(port, `?address=${new Holder(1, 'chain').address}`)).toEqual([400, 'bad-address'])
    expect(await codeOf(port, '?address=')).toEqual([400, 'bad-request'])
    const { port: tutorial } = await openServed()
    expect(await codeOf(tutorial, '?address=a')).toEqual([404, 'unsupported'])
  })

  test('does not search a block that rewards somebody else', async () => {
    const { api } = await openSecure()
    const { block } = await api.miningTemplate({ to: alice.address })
    const decoded = DEV_RULES.decodeBlock(printJsonBytes(block))
    if (isReject(decoded)) throw new Error(decoded.message)
    expect(DEV_RULES.templateOf(decoded, bob.address)).toMatchObject({ code: 'bad-address', got: alice.address })
    expect(DEV_RULES.templateOf(decoded, alice.address)).toMatchObject({ height: 2 })
  })
})

describe('proofs of a place', () => {
  test('are told of a transaction in a block, of its id, its first digits or its place; of a pending one there is none yet', async () => {
    const { api, port } = await openSecure()
    await mineFor(api, alice, 1)
    await api.submitPayment(json(alice.pay(bob.address, { amount: 5 })))
    const { transactions } = await api.pending({ limit: 1 })
    const id = DEV_RULES.transactionId(printJsonBytes(transactions[0]!))
    const refusal = await call(port, 'GET', `/api/transactions/${id}/proof`)
    expect([refusal.status, JSON.parse(refusal.text).error.code]).toEqual([404, 'not-found'])
    await mineFor(api, bob, 2)
    const proof = await api.transactionProof(id.slice(0, 10))
    expect(await api.transactionProof({ height: 3, position: 1 })).toEqual(proof)
    expect(proof).toMatchObject({ id, height: 3, position: 1, extraNonce: null, length: 4 })
    expect((await api.headers({ from: 3, limit: 1 })).headers).toEqual([proof.header])
    const description = await ApiDescription.of(port)
    for (const [path, asked] of [
      ['/api/transactions/{id}/proof', `/api/transactions/${id}/proof`],
      ['/api/headers', '/api/headers?from=1&limit=2'],
    ] as const) {
      const { status, text } = await call(port, 'GET', asked)
      expect(status).toBe(200)
      expect(description.at(...answerOf(path))(JSON.parse(text)), text).toBe(true)
    }
  })

  test('headers come in pages of 2,000 at most; behind the last there are none; the tutorial has none', async () => {
    const { api, port } = await openSecure()
    await mineFor(api, alice, 3)
    expect(await api.headers({ from: 1, limit: 2_000 })).toMatchObject({ length: 4, headers: { length: 4 } })
    expect(await api.headers({ from: 5, limit: 10 })).toEqual({ length: 4, headers: [] })
    for (const query of ['limit=2001', 'limit=0', 'from=0', 'from=1.5', 'form=1']) {
      expect((await call(port, 'GET', `/api/headers?${query}`)).status, query).toBe(400)
    }
    const { port: tutorial } = await openServed()
    for (const path of ['/api/headers', '/api/transactions/1.0/proof']) {
      const { status, text } = await call(tutorial, 'GET', path)
      expect([status, JSON.parse(text).error.code]).toEqual([404, 'unsupported'])
    }
  })
})
