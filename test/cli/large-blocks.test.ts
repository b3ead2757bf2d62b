import { expect, test } from 'vitest'
import { buildChain, chainAnswer, hashOf } from '../support/chains.js'
import { Machine } from '../support/cli.js'
import { answering } from '../support/peer-server.js'
import { get } from '../support/raw-http.js'

/** A page of the API ends at 1 MiB, and these blocks come to 2.4 MiB: what a person asks for is shown whole all the same. */

const CHAIN = buildChain({
  length: 6,
  zeros: 4,
  transactions: () => [{ sender: 'a', recipient: 'x'.repeat(400_000), amount: 1 }],
})
const HASHES = CHAIN.map(hashOf)

interface Page {
  length: number
  blocks: { height: number; hash: string }[]
}

async function machineWithChain(): Promise<Machine> {
  const machine = await Machine.create()
  await machine.json('peers', 'add', await answering(chainAnswer(CHAIN)))
  expect(await machine.json('resolve')).toMatchObject({ replaced: true, length: 6 })
  return machine
}

async function shown(machine: Machine, ...flags: string[]): Promise<string[]> {
  const { length, blocks } = await machine.json<Page>('chain', ...flags)
  expect(length).toBe(6)
  for (const { height, hash } of blocks) expect(hash).toBe(HASHES[height - 1])
  return blocks.map(({ hash }) => hash)
}

test.each(['opened for the command', 'that runs'])(
  'chain shows as many blocks as it was asked for: a node %s',
  async (kind) => {
    const machine = await machineWithChain()
    if (kind === 'that runs') {
      const { port } = await machine.serve('--name', '5000')
      // If all came at once the test would show nothing.
      expect(JSON.parse((await get(port, '/api/blocks?limit=6')).text).blocks).toHaveLength(2)
    }
    expect(await shown(machine)).toEqual(HASHES)
    expect(await shown(machine, '--limit', '4')).toEqual(HASHES.slice(2))
    expect(await shown(machine, '--from', '2', '--limit', '4')).toEqual(HASHES.slice(1, 5))
    expect(await shown(machine, '--from', '5')).toEqual(HASHES.slice(4))
    const { stdout } = await machine.run('chain', '--limit', '5')
    expect(stdout).toMatch(/\n5 blocks of 6; others with --from and --limit\n$/)
  },
)
