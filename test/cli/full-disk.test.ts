import { describe, expect, test } from 'vitest'
import { Machine, type Serving } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { get, post } from '../support/raw-http.js'
import { notTested } from '../support/rights.js'
import { SMALL_DISKS } from '../support/small-disk.js'

/** A disk that is full: that is said, what is there can be read, and when there is room again all is as it was. */

const HINT = 'make room on the disk, or make the folder writable: then it works again'
const CANNOT_WRITE = { error: { code: 'cannot-write', message: 'the node could not store it', hint: HINT } }

interface Status {
  length: number
  pending: number
  identity: string
}

describe.each(SMALL_DISKS)('a full disk ($name)', ({ name, make, refusal }) => {
  if (refusal !== undefined) return notTested(`a full disk (${name})`, refusal)

  test('a node refuses what it cannot store, goes on reading, and takes it again when there is room', async () => {
    const machine = await Machine.create()
    const disk = make(machine)
    const node = await serveIn(machine, disk.environment)
    for (let i = 0; i < 20; i++) expect((await pay(node, `before${i}`)).status).toBe(201)
    expect((await get(node.port, '/mine')).status).toBe(200)

    disk.fill(node)
    const accepted = await payUntilRefused(node)
    const refusals = [
      await pay(node, 'refused'),
      await get(node.port, '/mine'),
      await register(node),
      await post(node.port, '/api/mine', '{}'),
    ]
    for (const { status, text } of refusals) expect([status, JSON.parse(text)]).toEqual([507, CANNOT_WRITE])
    const sent = await machine.run('send', '--to', 'refused', '--amount', '1', '--json')
    expect(sent).toMatchObject({ code: 1, stdout: '' })
    expect(JSON.parse(sent.stderr)).toEqual(CANNOT_WRITE)
    await expectToHave(machine, accepted)

    disk.free(node)
    expect((await pay(node, 'after')).status).toBe(201)
    expect((await get(node.port, '/mine')).status).toBe(200)
    expect((await register(node)).status).toBe(201)
    const status = await machine.json<Status>('status')
    expect(status).toMatchObject({ length: 3, pending: 0 })

    await node.stop('SIGKILL')
    expect(await machine.json('status')).toEqual(status)
    const told = [...Array.from({ length: 20 }, (_, i) => `before${i}`), ...accepted, 'after']
    expect((await recipients(machine)).filter((each) => each !== status.identity)).toEqual(told)
  })

  test('a setting for which there is no room is told with its file, and the one before stays', async () => {
    const machine = await Machine.create()
    const disk = make(machine)
    const node = await serveIn(machine, disk.environment)
    await machine.json('config', 'set', 'limit', '7')
    disk.fill(node)
    const refused = await machine.shell(`${disk.whenFull} chain config set limit 8`)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^error: .*config\.json cannot be used: .*\ntry: make room on the disk\n$/)
    disk.free(node)
    expect((await machine.run('config', 'get', 'limit')).stdout).toBe('7\n')
  })

  test('reads do not fail while the node tries whether there is room again', async () => {
    const machine = await Machine.create()
    const disk = make(machine)
    const node = await serveIn(machine, disk.environment)
    await get(node.port, '/mine')
    disk.fill(node)
    await payUntilRefused(node)
    let isOver = false
    const statuses = new Set<number>()
    const reading = (async () => {
      while (!isOver) {
        for (const path of ['/chain', '/api/blocks', '/api/pending', '/api/balance?address=before0']) {
          statuses.add((await get(node.port, path)).status)
        }
      }
    })()
    for (let i = 0; i < 5; i++) expect((await pay(node, 'refused')).status).toBe(507)
    disk.free(node)
    for (let i = 0; i < 5; i++) expect((await pay(node, 'after')).status).toBe(201)
    isOver = true
    await reading
    expect([...statuses]).toEqual([200])
  })

  test('a command that finds it full says so: exit 1; nothing is lost by that', async () => {
    const machine = await Machine.create()
    const disk = make(machine)
    const node = await serveIn(machine, disk.environment)
    for (let i = 0; i < 20; i++) await pay(node, `before${i}`)
    await get(node.port, '/mine')
    const status = await machine.json<Status>('status')
    await node.stop()
    disk.fill()
    for (const command of ['status', 'mine', 'chain', `serve --port ${node.port}`]) {
      const line = `${disk.whenFull} "$NODE" "$CHAIN" ${command} --json`
      const { code, stdout, stderr } = await machine.startShell(line, disk.environment).ended
      expect([command, code, stdout]).toEqual([command, 1, ''])
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'cannot-write' } })
    }
    disk.free()
    expect(await machine.json('status')).toEqual(status)
  })
})

async function serveIn(machine: Machine, environment: Record<string, string | undefined>): Promise<Serving> {
  const port = await freePort()
  const running = machine.start(['serve', '--port', String(port)], environment)
  await running.waitFor('stdout', /folder/)
  return Object.assign(running, { port, url: `http://127.0.0.1:${port}`, address: `127.0.0.1:${port}` })
}

function pay(node: Serving, recipient: string): ReturnType<typeof post> {
  return post(node.port, '/transactions/new', JSON.stringify({ sender: 'ada', recipient, amount: 1 }))
}

function register(node: Serving): ReturnType<typeof post> {
  return post(node.port, '/nodes/register', '{"nodes": ["localhost:1"]}')
}

/** @returns whom the payments are to for which there was still room */
async function payUntilRefused(node: Serving): Promise<string[]> {
  for (let accepted = 0; ; accepted++) {
    const { status } = await pay(node, `last${accepted}`)
    if (status !== 201) return Array.from({ length: accepted }, (_, i) => `last${i}`)
  }
}

async function expectToHave(machine: Machine, pending: string[]): Promise<void> {
  expect(await machine.json('status')).toMatchObject({ length: 2, pending: pending.length })
  const { transactions } = await machine.json<{ transactions: { recipient: string }[] }>('pending', '--limit', '1000')
  expect(transactions.map(({ recipient }) => recipient)).toEqual(pending)
}

/** Whom all transactions of the chain are to. */
async function recipients(machine: Machine): Promise<string[]> {
  const { blocks } = await machine.json<{ blocks: { block: { transactions: { recipient: string }[] } }[] }>('chain')
  return blocks.flatMap(({ block }) => block.transactions.map(({ recipient }) => recipient))
}
