import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { DEV, networkId, SECURE } from '../../src/consensus/secure/definition.js'
import { Machine } from '../support/cli.js'
import { DEV_RULES, Holder } from '../support/secure.js'
import { SecureVerifier } from '../support/secure-verifier.js'

/** The secure networks on the command line. */

const alice = new Holder(1)
const bob = new Holder(2)

let machine: Machine
beforeEach(async () => {
  machine = await Machine.create()
})

const dev = (...args: string[]) => machine.run(...args, '--network', 'dev')

test('blocks are mined to an address, shown, verified, exported, judged by Python, and imported elsewhere', async () => {
  const { code, stdout } = await dev('mine', '--to', alice.address, '--count', '3')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^✔ block 2 found: proof \d+, .*\n✔ block 3 found: .*\n✔ block 4 found: .*\n$/)
  expect((await dev('balance', alice.address)).stdout).toBe(`150  ${alice.address}\n`)
  const shown = await dev('block', '2')
  expect(shown.stdout).toMatch(new RegExp(`^2\\.0 {4}reward {2}${alice.address} {6}50$`, 'm'))
  expect(shown.stdout).toContain(`previous hash  ${networkId(DEV)}\n`)
  expect((await dev('history', alice.address)).stdout).toContain('50')
  expect((await dev('verify')).stdout).toContain('4 blocks checked')

  const file = join(machine.data, 'dev.jsonl')
  expect((await dev('export', file)).code).toBe(0)
  expect(JSON.parse(readFileSync(file, 'utf8').split('\n')[0]!)).toEqual({
    format: 'chain-export',
    version: 1,
    network: 'dev',
    id: networkId(DEV),
    definition: DEV,
    length: 4,
  })
  const python = new SecureVerifier()
  onTestFinished(() => python.close())
  const { tip } = await machine.json<{ tip: string }>('status', '--network', 'dev')
  expect(await python.replay(file, Date.now() / 1000)).toEqual({
    length: 4,
    tip,
    work: '6',
    supply: 15_000_000_000,
    accounts: { [alice.address]: [15_000_000_000, 0] },
  })

  expect((await dev('import', file, '--port', '5001')).stdout).toContain('4 blocks read, all valid')
  expect(await machine.json('status', '--network', 'dev', '--port', '5001')).toMatchObject({ length: 4, tip })
  // The block before the damaged one is kept.
  writeFileSync(file, readFileSync(file, 'utf8').replace('"index": 4', '"index": 5'))
  const refused = await dev('import', file, '--port', '5002')
  expect(refused).toMatchObject({ code: 5, stdout: '' })
  expect(refused.stderr).toContain('block 4 of')
  expect(await machine.json('status', '--network', 'dev', '--port', '5002')).toMatchObject({ length: 3 })
  const other = await machine.run('import', file, '--network', 'secure', '--port', '5003')
  expect(other).toMatchObject({ code: 2 })
  expect(other.stderr).toContain('import')
  expect(other.stderr).toContain('--network dev')
})

test('the reward needs an address of the network: a wrong one is refused, and so is none where there is no wallet', async () => {
  const wrong = await dev('mine', '--to', new Holder(1, 'chain').address)
  expect(wrong).toMatchObject({ code: 2, stdout: '' })
  expect(wrong.stderr).toContain('is no address of network dev')
  const none = await dev('mine')
  expect(none).toMatchObject({ code: 2, stdout: '' })
  expect(none.stderr).toContain('chain wallet new makes a wallet')
})

test('a node that is served takes signed transfers, and mines to the address that it was told', async () => {
  const { url, port } = await machine.serve('--network', 'dev', '--to', alice.address)
  const get = async (path: string) => JSON.parse(await (await fetch(`${url}${path}`)).text())
  expect(await get('/mine')).toMatchObject({ message: 'New Block Forged', index: 2 })
  const body = JSON.stringify(alice.pay(bob.address, { amount: 125_000_000, fee: 1000 }))
  const headers = { 'Content-Type': 'application/json' }
  const accepted = await fetch(`${url}/transactions/new`, { method: 'POST', body, headers })
  expect([accepted.status, await accepted.json()]).toEqual([201, { message: 'Transaction will be added to Block 3' }])
  const again = await fetch(`${url}/transactions/new`, { method: 'POST', body, headers })
  expect([again.status, ((await again.json()) as { error: { code: string } }).error.code]).toEqual([
    400,
    'already-pending',
  ])
  const pending = await machine.run('pending', '--port', String(port), '--network', 'dev')
  expect(pending.stdout).toContain('1.25')
  await get('/mine')
  expect(await get(`/api/balance?address=${bob.address}`)).toEqual({
    address: bob.address,
    amount: '1.25',
    uncounted: 0,
    length: 3,
    next: { nonce: 0, amount: '1.25' },
  })
  expect((await machine.run('balance', alice.address, '--port', String(port), '--network', 'dev')).stdout).toBe(
    `98.75  ${alice.address}\n`,
  )
})

test('who serves without an address is told how to mine all the same, and cannot have the node mine', async () => {
  const refused = await machine.run('serve', '--mine', '--network', 'dev', '--port', '5009')
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toMatch(/chain wallet new makes a wallet.*--to ADDRESS/)
  const serving = await machine.serve('--network', 'dev')
  await serving.waitFor('stderr', /try: chain wallet new /)
})

test('network list and show tell of them', async () => {
  expect((await machine.run('network', 'list')).stdout).toMatch(/^secure {10}secure {14}- {12}16,777,472$/m)
  const { stdout } = await machine.run('network', 'show', 'secure')
  expect(stdout).toContain(`id         ${networkId(SECURE)}`)
  expect(await machine.json('network', 'show', 'dev')).toMatchObject({ id: networkId(DEV), definition: DEV })
})

test('a network of one’s own is named by the file that defines it, and by its name from then on', async () => {
  const definition = { ...DEV, name: 'class-3b', hrp: 'class' }
  const file = join(machine.data, '..', 'class.json')
  writeFileSync(file, JSON.stringify(definition))
  const miner = new Holder(1, 'class').address
  expect((await machine.run('mine', '--network', file, '--to', miner)).code).toBe(0)
  expect(await machine.json('status', '--network', 'class-3b')).toMatchObject({ network: 'class-3b', length: 2 })
  expect((await machine.run('mine', '--network', file, '--to', miner)).code).toBe(0)

  // The same name with other rules is another network.
  writeFileSync(file, JSON.stringify({ ...definition, block_time: 2 }))
  const other = await machine.run('status', '--network', file)
  expect(other.code).not.toBe(0)
  expect(other.stderr).toContain('defines another network class-3b')
  for (const text of [
    '{',
    JSON.stringify({ ...definition, halving_interval: 0 }),
    JSON.stringify({ ...definition, name: '../x' }),
  ]) {
    writeFileSync(file, text)
    const bad = await machine.run('mine', '--network', file, '--to', miner)
    expect(bad.code).not.toBe(0)
    expect(bad.stderr).toContain('class.json')
  }
  expect((await machine.run('status', '--network', join(machine.data, 'nothing.json'))).stderr).toContain(
    'there is no file',
  )
  expect(DEV_RULES.networkId).toBe(networkId(DEV))
})

test('mine --node searches here for a node elsewhere, with threads of its own, and pays one’s own wallet', async () => {
  const { url } = await machine.serve('--network', 'dev', '--to', bob.address)
  const mined = await machine.run('mine', '--node', url, '--to', alice.address, '--count', '3', '--threads', '1')
  expect(mined, mined.stderr).toMatchObject({ code: 0 })
  expect(mined.stdout).toMatch(/^✔ block 2 found: .*\n✔ block 3 found: .*\n✔ block 4 found: .*\n$/)
  expect((await machine.run('balance', alice.address, '--node', url)).stdout).toBe(`150  ${alice.address}\n`)
  // Whom the node pays is its own affair.
  const nobody = await machine.run('mine', '--node', url)
  expect(nobody).toMatchObject({ code: 2, stdout: '' })
  expect(nobody.stderr).toContain('chain wallet new makes a wallet')
})

test('tx --verify checks by headers alone that a transaction is in the chain; of a lying node it says so', async () => {
  const { url } = await machine.serve('--network', 'dev', '--to', alice.address)
  for (let i = 0; i < 3; i++) await fetch(`${url}/mine`)
  const { hash } = await machine.json<{ hash: string }>('block', '3', '--network', 'dev')
  const { stdout } = await dev('tx', '3.0', '--verify')
  expect(stdout).toMatch(/^✔ it stands in the chain\n/)
  expect(stdout).toContain('and the work of 3 headers')
  expect(stdout).toContain('that the node knows no chain with more work')
  expect(await machine.json('tx', '3.0', '--verify', '--network', 'dev')).toMatchObject({
    height: 3,
    position: 0,
    blockHash: hash,
    confirmations: 2,
    length: 4,
    work: '6',
  })
  const refused = await machine.run('tx', '2.0', '--verify', '--network', 'tutorial', '--port', '5001')
  expect(refused.code).not.toBe(0)

  // In front of a node that tells the truth one that changes what it says.
  const id = (await machine.json<{ id: string }>('tx', '3.0', '--node', url)).id
  const lies: [path: RegExp, lie: (text: string) => string, told: string][] = [
    [/\/proof$/, (text) => text.replace('"amount": 5000000000', '"amount": 5000000001'), 'does not stand in the block'],
    [
      /\/headers/,
      (text) => text.replace(/"([0-9a-f]{150})(..)/, (_, head, byte) => `"${head}${byte === '00' ? '01' : '00'}`),
      'is not true: header 2',
    ],
  ]
  for (const [path, lie, told] of lies) {
    const liar = await lyingNode(url, (asked, text) => (path.test(asked) ? lie(text) : text))
    const caught = await machine.run('tx', id, '--verify', '--node', liar)
    expect(caught, told).toMatchObject({ code: 1, stdout: '' })
    expect(caught.stderr).toContain(told)
  }
  const whole = await machine.run('tx', id, '--verify', '--node', await lyingNode(url, (_, text) => text))
  expect(whole, whole.stderr).toMatchObject({ code: 0 })
})

/** A server that passes on what a node answers, changed. @returns its address */
async function lyingNode(url: string, change: (asked: string, text: string) => string): Promise<string> {
  const server = createServer(async (request, response) => {
    const asked = request.url ?? '/'
    const answer = await fetch(`${url}${asked}`)
    const text = change(asked.split('?', 1)[0]!, await answer.text())
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a node has a token, for its owner alone, which a command on another machine is given', async () => {
  const { url, port } = await machine.serve('--network', 'dev', '--to', alice.address)
  const file = join(machine.data, 'dev', String(port), 'token')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  const before = readFileSync(file, 'utf8')
  const added = await machine.run('peers', 'add', 'http://127.0.0.1:9', '--node', url, '--token-file', file)
  expect(added, added.stderr).toMatchObject({ code: 0 })
  expect(added.stdout + added.stderr).not.toContain(before.trim())
  const none = await machine.run('status', '--node', url, '--token-file', `${file}.none`)
  expect(none).toMatchObject({ code: 2, stdout: '' })
  writeFileSync(`${file}.wrong`, 'abc')
  const wrong = await machine.run('status', '--node', url, '--token-file', `${file}.wrong`)
  expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('holds no token') })
  const tutorial = await machine.serve()
  expect(existsSync(join(machine.data, 'tutorial', String(tutorial.port), 'token'))).toBe(false)
})
