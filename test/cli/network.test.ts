import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'

/** Networks of one's own: a definition that is kept, served, mined, and shared. */

interface Shown {
  readonly name: string
  readonly rules: string
  readonly zeros: number
}
interface Verdicts {
  readonly replaced: boolean
  readonly length: number
  readonly verdicts: { peer: string; outcome: string; message: string }[]
}

test('a new network is served, mined and resolved by a node of another machine with the same definition', async () => {
  const [ours, theirs] = [await Machine.create(), await Machine.create()]
  expect(await ours.json('network', 'new', 'club', '--zeros', '2')).toMatchObject({
    name: 'club',
    rules: 'tutorial',
    zeros: 2,
  })
  // Whatever name they give it.
  await theirs.json('network', 'new', 'verein', '--zeros', '2')
  const node = await ours.serve('--network', 'club')
  const mined = await ours.json<{ height: number; block: { proof: number } }>(
    'mine',
    '--port',
    String(node.port),
    '--network',
    'club',
  )
  expect(mined.height).toBe(2)
  await ours.json('mine', '--port', String(node.port), '--network', 'club')
  await theirs.json('peers', 'add', node.url, '--network', 'verein')
  expect(await theirs.json<Verdicts>('resolve', '--network', 'verein')).toMatchObject({ replaced: true, length: 3 })
  // The article's nodes want four zeros.
  await theirs.json('peers', 'add', node.url, '--network', 'tutorial')
  const refused = await theirs.json<Verdicts>('resolve', '--network', 'tutorial')
  expect(refused).toMatchObject({ replaced: false, length: 1 })
  expect(refused.verdicts).toEqual([
    expect.objectContaining({ outcome: 'invalid', message: expect.stringMatching(/^block 2: .*4 zeros/) }),
  ])
})

test('a node of another network is refused by the name that the command asks for', async () => {
  const machine = await Machine.create()
  await machine.json('network', 'new', 'club', '--zeros', '2')
  const node = await machine.serve('--network', 'club')
  const { code, stderr } = await machine.run('status', '--node', node.url, '--network', 'tutorial')
  expect(code).toBe(2)
  expect(stderr).toContain(`error: the node at ${node.url} is of network club, not tutorial\ntry: --network club\n`)
  expect((await machine.json('status', '--node', node.url)).network).toBe('club')
})

test('new says how to serve it and how others join; list and show have it; its name and rules can be left out', async () => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.run('network', 'new', '--rules', 'tutorial-bound', '--zeros', '5')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^network {2}tutorial-bound-5\nrules {4}tutorial-bound: .*\nzeros {4}5\nhashes {3}a block takes 1,048,576 on average\n/,
  )
  expect(stderr).toBe(
    [
      'to run a node of it: chain serve --network tutorial-bound-5',
      'for others to join, on their machines: chain network new tutorial-bound-5 --rules tutorial-bound --zeros 5\n',
    ].join('\n'),
  )
  const { networks } = await machine.json<{ networks: Shown[] }>('network', 'list')
  expect(networks.map(({ name, rules, zeros }) => [name, rules, zeros])).toEqual([
    ['tutorial', 'tutorial', 4],
    ['tutorial-bound', 'tutorial-bound', 4],
    ['tutorial-bound-5', 'tutorial-bound', 5],
  ])
  expect((await machine.run('network', 'list')).stdout).toMatch(
    /^tutorial-bound-5 {2}tutorial-bound {6}5 {13}1,048,576$/m,
  )
  expect(await machine.run('network', 'show', 'tutorial-bound-5')).toEqual({ code: 0, stdout, stderr: '' })
  expect((await machine.run('network', 'show', 'tutorial')).stdout).toMatch(/^defined {2}by the program$/m)
})

test('new says so where the rules are those of a network that is there already', async () => {
  const { stderr } = await (await Machine.create()).run('network', 'new')
  expect(stderr).toContain('its nodes can be peers of those of network tutorial: the rules are the same\n')
})

test.each([
  [['new', 'Club'], '"Club" cannot name a network'],
  [['new', 'wallets'], '"wallets" cannot name a network'],
  [['new', 'tutorial'], 'there is a network tutorial already'],
  [['new', 'x', '--zeros', '11'], 'It must be a whole number from 1 to 10.'],
  [['new', 'x', '--zeros', '0'], 'It must be a whole number from 1 to 10.'],
  [['new', 'x', '--rules', 'mine'], 'there are no rules "mine"'],
  [['show', 'club'], 'there is no network "club"'],
  [['show', '../x'], 'there is no network "../x"'],
])('network %j is refused: exit 2, and nothing is made', async (args, complaint) => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.run('network', ...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(complaint)
  expect((await machine.json<{ networks: Shown[] }>('network', 'list')).networks).toHaveLength(2)
})

test('a definition that is damaged is named, hides no other, and is served by nobody', async () => {
  const machine = await Machine.create()
  await machine.json('network', 'new', 'club', '--zeros', '2')
  const file = `${machine.data}/networks/broken.json`
  await mkdir(dirname(file), { recursive: true })
  for (const text of ['{"rules":"tutorial"', '{"rules":"tutorial"}', '{"rules":"tutorial","zeros":11}', 'null']) {
    await writeFile(file, text)
    const list = await machine.run('network', 'list')
    expect(list.code).toBe(0)
    expect(list.stdout).toMatch(/^club /m)
    expect(list.stderr).toContain(`warning: ${file} is no definition of a network`)
    const status = await machine.run('status', '--network', 'broken')
    expect(status).toMatchObject({ code: 1, stdout: '' })
    expect(status.stderr).toMatch(/^error: \S+broken\.json is no definition of a network.*\ntry: mend the file, /)
  }
})
