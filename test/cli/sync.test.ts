import { beforeEach, expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { type Change, servePlainPeer } from '../support/plain-peer.js'
import { Screen } from '../support/pty.js'
import { DEV_RULES, Holder, secureChain } from '../support/secure.js'

/** What people see while a secure node follows others. */

const miner = new Holder(1).address
const blocks = secureChain(
  DEV_RULES.genesis(),
  Array.from({ length: 1_000 }, () => ({ miner })),
)

let machine: Machine
beforeEach(async () => {
  machine = await Machine.create()
})

const dev = (...args: string[]) => machine.run(...args, '--network', 'dev')
const register = (address: string) => dev('peers', 'add', `http://${address}`)

/** Gives no blocks from a height on until it is let go on. */
function heldFrom(height: number): { change: Change; release: () => void } {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const change: Change = async (path, from, answer) => {
    if (path === '/api/blocks' && from > height) await held
    return answer
  }
  return { change, release }
}

test('on a terminal resolve shows blocks, percent, rate and time left while it fetches', async () => {
  const { change, release } = heldFrom(200)
  await register((await servePlainPeer(blocks, change)).address)
  const screen = Screen.run(machine, ['resolve', '--network', 'dev'])
  await screen.waitFor(/fetching blocks: \d+ blocks, \d+ %, [\d,.]+\/s, .+ left/)
  release()
  await screen.waitFor(/✔ our chain goes on: 1 block before, 1001 now/)
  expect(await screen.ended).toBe(0)
})

test('the status of a node that fetches blocks tells it, and watch shows it', async () => {
  const { change, release } = heldFrom(200)
  const peer = await servePlainPeer(blocks, change)
  const serving = await machine.serve('--network', 'dev', '--peer', peer.address)
  const watching = Screen.run(machine, ['watch', '--node', serving.url])
  await watching.waitFor(/watching/)
  const resolving = machine.start(['resolve', '--node', serving.url])
  await watching.waitFor(/fetching blocks: \d+ blocks, \d+ %/)
  expect((await machine.run('status', '--node', serving.url)).stdout).toMatch(/^fetching +\d+ of 1,000 blocks$/m)
  release()
  expect((await resolving.ended).code).toBe(0)
  await watching.waitFor(/chain (replaced|continued) by that of /)
  expect((await machine.run('status', '--node', serving.url)).stdout).not.toContain('fetching')
})

test('a clock that is not that of the peers is warned of, by resolve, and by serve once', async () => {
  await register((await servePlainPeer([], undefined, 100)).address)
  const { code, stderr } = await dev('resolve')
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /^warning: the clock of this node is (99|100|101) s behind those of its peers: set it, or others' blocks may be refused here$/m,
  )
  const ahead = await servePlainPeer([], undefined, -100)
  const serving = await machine.serve('--network', 'dev', '--peer', ahead.address, '--follow', '1', '--name', 'other')
  await serving.waitFor('stderr', /s ahead of those of its peers: set it, or blocks that are mined here may be refused/)
  const asked = ahead.asked.length
  await expect.poll(() => ahead.asked.length > asked).toBe(true)
  expect((await serving.stop()).stderr.match(/warning: the clock/g)).toHaveLength(1)
})

test('a peer that is banned is listed as such, with the reason, and asked again when it was removed and added', async () => {
  const spoiled: Change = (path, _from, answer) =>
    path === '/api/blocks' ? JSON.stringify(answer).replaceAll('"amount":5000000000', '"amount":1') : answer
  const { address, asked } = await servePlainPeer(blocks, spoiled)
  await register(address)
  expect((await dev('resolve')).stdout).toMatch(/invalid: block 2: /)
  const serving = await machine.serve('--network', 'dev', '--peer', address, '--name', 'served')
  const node = ['--node', serving.url]
  expect((await machine.run('resolve', ...node)).stdout).toMatch(/✘ .+ {2}invalid: block 2: /)
  asked.length = 0
  expect((await machine.run('resolve', ...node)).stdout).toMatch(
    /^✘ .+ {2}banned: it is not asked for 60 minutes: block 2: .+\nour chain stays, 1 block\n$/,
  )
  expect((await machine.run('peers', 'list', ...node)).stdout).toMatch(/banned/)
  expect(asked).toEqual([])
  await machine.run('peers', 'remove', address, ...node)
  await machine.run('peers', 'add', `http://${address}`, ...node)
  expect((await machine.run('resolve', ...node)).stdout).toMatch(/invalid: block 2: /)
})
