import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { KEY, Screen } from '../support/pty.js'

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
    ['secure', 'secure', undefined],
    ['dev', 'secure', undefined],
    ['tutorial-bound-5', 'tutorial-bound', 5],
  ])
  expect((await machine.run('network', 'list')).stdout).toMatch(
    /^tutorial-bound-5 {2}tutorial-bound {6}5 {13}1,048,576$/m,
  )
  expect(await machine.run('network', 'show', 'tutorial-bound-5')).toEqual({ code: 0, stdout, stderr: '' })
  expect((await machine.run('network', 'show', 'tutorial')).stdout).toMatch(/^defined {2}by the program$/m)
})

test('new says so where the rules are those of a network that is there already', async () => {
  const { code, stderr } = await (await Machine.create()).run('network', 'new', 'club')
  expect(code).toBe(0)
  expect(stderr).toContain('its nodes can be peers of those of network tutorial: the rules are the same\n')
})

test.each([
  [[], 'tutorial', ''],
  [['--rules', 'tutorial-bound'], 'tutorial-bound', ' --rules tutorial-bound'],
])(
  'new %j without a name would be a network that is there: exit 2, and what to type instead',
  async (args, name, rules) => {
    const machine = await Machine.create()
    expect(await machine.run('network', 'new', ...args)).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        `error: 4 zeros by the rules ${name} are network ${name} itself, which comes with the program`,
        `try: other zeros: chain network new${rules} --zeros 5; or a name of its own: chain network new NAME${rules}\n`,
      ].join('\n'),
    })
    expect((await machine.json<{ networks: Shown[] }>('network', 'list')).networks).toHaveLength(4)
  },
)

test('remove forgets the definition, when that is agreed to; what its nodes have stays, and can be used again', async () => {
  const machine = await Machine.create()
  await machine.json('network', 'new', 'club', '--zeros', '2')
  await machine.json('config', 'set', 'network', 'club')
  await machine.json('mine', '--name', 'ann')
  const asked = await machine.run('network', 'remove', 'club')
  expect(asked).toMatchObject({
    code: 2,
    stderr: `error: this would remove the definition of network club; what its 1 node has stays in ${machine.data}/club, and nobody can be asked here\ntry: add --yes to agree\n`,
  })
  expect((await machine.json<{ networks: Shown[] }>('network', 'list')).networks).toHaveLength(5)

  const folder = `${machine.data}/club`
  expect(await machine.run('network', 'remove', 'club', '-y')).toEqual({
    code: 0,
    stdout: '✔ network club is removed\n',
    stderr: [
      `what its nodes have (ann) stays in ${folder}`,
      'to use them again: chain network new club --rules tutorial --zeros 2',
      'commands that name no network still take it: chain config set network ends that\n',
    ].join('\n'),
  })
  expect((await machine.json<{ networks: Shown[] }>('network', 'list')).networks).toHaveLength(4)
  expect(await machine.run('status')).toMatchObject({ code: 2, stderr: expect.stringContaining('no network "club"') })
  await machine.json('config', 'set', 'network')
  // The node used last is of no network any more.
  expect((await machine.json('status')).network).toBe('tutorial')
  await machine.json('network', 'new', 'club', '--zeros', '2')
  expect(await machine.json('status', '--network', 'club', '--name', 'ann')).toMatchObject({ length: 2 })
})

test('nodes of a network that was removed are not offered; who asks for it is told that they are there, and how they come back', async () => {
  const machine = await Machine.create()
  await machine.json('network', 'new', 'club', '--zeros', '2')
  await machine.json('mine', '--network', 'club', '--port', '5010')
  await machine.json('mine', '--name', 'ann')
  expect((await machine.run('status', '--port', '5011')).stderr).toMatch(/: --port 5010 --network club, --name ann\n$/)
  await machine.run('network', 'remove', 'club', '-y')
  expect((await machine.run('status', '--port', '5011')).stderr).toMatch(/; those that are there: --name ann\n$/)
  const complaint = `error: there is no network "club" any more; what its nodes have (5010) is still in ${machine.data}/club`
  const hint =
    'chain network new club --rules RULES --zeros N, with the rules and the zeros that it had, brings them back'
  for (const args of [
    ['status', '--network', 'club'],
    ['network', 'show', 'club'],
  ]) {
    expect(await machine.run(...args)).toEqual({ code: 2, stdout: '', stderr: `${complaint}\ntry: ${hint}\n` })
  }
  await machine.json('network', 'new', 'club', '--zeros', '2')
  expect(await machine.json('status', '--network', 'club', '--port', '5010')).toMatchObject({ length: 2 })
})

test('remove asks a person, and says what stays', async () => {
  const machine = await Machine.create()
  await machine.json('network', 'new', 'club', '--zeros', '2')
  await machine.json('mine', '--network', 'club')
  const screen = Screen.run(machine, ['network', 'remove', 'club'], { columns: 200 })
  await screen.waitFor(/Remove the definition of network club; what its 1 node has stays in \S+\/club\?/)
  screen.type(`n${KEY.enter}`)
  expect(await screen.ended).toBe(6)
  expect((await machine.json<{ networks: Shown[] }>('network', 'list')).networks).toHaveLength(5)
})

test('a network is not removed from under a node that runs: exit 1, and who it is', async () => {
  const machine = await Machine.create()
  await machine.json('network', 'new', 'club', '--zeros', '2')
  const node = await machine.serve('--network', 'club')
  expect(await machine.run('network', 'remove', 'club', '-y')).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: a node of network club is held by \`chain serve\` (process ${node.pid})\ntry: end that first\n`,
  })
})

test.each([
  [['new', 'Club'], '"Club" cannot name a network'],
  [['new', 'wallets'], '"wallets" cannot name a network'],
  [['new', 'tutorial'], 'there is a network tutorial already'],
  [['new', 'x', '--zeros', '11'], '--zeros must be a whole number from 1 to 10 (got "11")'],
  [['new', 'x', '--zeros', '0'], '--zeros must be a whole number from 1 to 10 (got "0")'],
  [['remove', 'tutorial', '-y'], 'network tutorial comes with the program'],
  [['remove', 'club', '-y'], 'there is no network "club"'],
  [['remove', '../x', '-y'], 'there is no network "../x"'],
  [['new', 'x', '--rules', 'mine'], 'there are no rules "mine"'],
  [['show', 'club'], 'there is no network "club"'],
  [['show', '../x'], 'there is no network "../x"'],
])('network %j is refused: exit 2, and nothing is made', async (args, complaint) => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.run('network', ...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(complaint)
  expect((await machine.json<{ networks: Shown[] }>('network', 'list')).networks).toHaveLength(4)
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
    expect(list.stderr).toContain('; mend it, or: chain network remove broken\n')
    const status = await machine.run('status', '--network', 'broken')
    expect(status).toMatchObject({ code: 1, stdout: '' })
    expect(status.stderr).toMatch(
      /^error: \S+broken\.json is no definition of a network.*\ntry: mend the file, or have it removed: chain network remove broken\n$/,
    )
  }
  expect(await machine.run('network', 'remove', 'broken', '-y')).toMatchObject({ code: 0, stderr: '' })
  expect((await machine.run('network', 'list')).stderr).toBe('')
})

test('a class’ own secure network: others join with its file; a node of another network is told both ids', async () => {
  const [ours, theirs] = [await Machine.create(), await Machine.create()]
  interface Made {
    readonly id: string
    readonly definition: Record<string, unknown>
  }
  const [first, second] = [
    await ours.json<Made>('network', 'new', '--name', 'class-3b', '--block-time', '10'),
    await theirs.json<Made>('network', 'new', 'class-3b', '--rules', 'secure'),
  ]
  const now = Date.now() / 1000
  expect(first.definition).toMatchObject({
    name: 'class-3b',
    rules: 'secure',
    hrp: 'class3b',
    // Three times as easy as blocks of 30 s.
    genesis_bits: '1e02fffd',
    block_time: 10,
    max_solve_time: 1200,
    smoothing: 40,
  })
  expect(second.definition).toMatchObject({ block_time: 30, genesis_bits: '1e00ffff', max_solve_time: 3600 })
  expect(Math.abs((first.definition.genesis_time as number) - now)).toBeLessThan(600)

  // A network of the same name, but not the same: its file is refused, and its node's chain, too.
  const file = `${ours.data}/networks/class-3b.json`
  const clash = await theirs.run('status', '--network', file, '--port', '5000')
  expect(clash).toMatchObject({ code: 1, stdout: '' })
  expect(clash.stderr).toContain(first.id.slice(0, 16))
  expect(clash.stderr).toContain(second.id.slice(0, 16))
  const node = await ours.serve('--network', 'class-3b')
  await theirs.json('peers', 'add', node.url, '--network', 'class-3b')
  const { verdicts } = await theirs.json<Verdicts>('resolve', '--network', 'class-3b')
  expect(verdicts).toEqual([
    expect.objectContaining({ outcome: 'invalid', message: expect.stringContaining(first.id.slice(0, 16)) }),
  ])
  expect(verdicts[0]!.message).toContain(second.id.slice(0, 16))

  const third = await Machine.create()
  const joined = await third.serve('--network', file, '--peer', node.url)
  expect(joined.stdout).toContain('class-3b')
  expect(await third.json<Made>('network', 'show', 'class-3b')).toMatchObject({ id: first.id })
  expect(await third.json<Verdicts>('resolve', '--network', 'class-3b')).toMatchObject({
    verdicts: [expect.objectContaining({ outcome: 'equal' })],
  })
})

test.each([
  [['--rules', 'secure'], 'a secure network needs a name'],
  [['club', '--rules', 'secure', '--zeros', '5'], 'finds its difficulty by itself'],
  [['club', '--rules', 'tutorial', '--block-time', '5'], 'take as long as their zeros'],
  [['secure', '--rules', 'secure'], 'there is a network secure already'],
  [['wallets', '--rules', 'secure'], 'cannot name a network'],
  [['chain', '--rules', 'secure'], 'would begin with chain1, as those of network secure do'],
  [['chain-dev', '--rules', 'secure'], 'would begin with chaindev1, as those of network dev do'],
])('network new %j is refused', async (words, text) => {
  const machine = await Machine.create()
  const refused = await machine.run('network', 'new', ...words)
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain(text)
})

test('a definition of somebody else cannot take a name that no network has here', async () => {
  const machine = await Machine.create()
  const { definition } = await machine.json<{ definition: object }>('network', 'new', 'club', '--rules', 'secure')
  const file = `${machine.data}/theirs.json`
  for (const name of ['wallets', 'networks', '-x']) {
    await writeFile(file, JSON.stringify({ ...definition, name }))
    const refused = await machine.run('status', '--network', file)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('no network can be called so here')
  }
  expect((await machine.json<{ networks: Shown[] }>('network', 'list')).networks).toHaveLength(5)
})

test('a definition is read no further than it can go: a device has no end', async () => {
  const machine = await Machine.create()
  const refused = await machine.run('status', '--network', '/dev/zero')
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain('no file of JSON of at most 64 KiB')
})
