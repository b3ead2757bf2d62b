import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { buildChain, dumps, hashOf, type PlainBlock, sha256 } from '../support/chains.js'
import { Machine } from '../support/cli.js'
import { startPython } from '../support/python-node.js'

/** `export`, `import`, `verify` and `reset`. */

let machine: Machine
let folder: string
beforeEach(async () => {
  machine = await Machine.create()
  folder = mkdtempSync(join(machine.data, '..', 'files-'))
})

const HEADER = { format: 'chain-export', version: 1, network: 'tutorial', rules: 'tutorial', zeros: 4 }
const CHAIN = buildChain({
  length: 4,
  zeros: 4,
  transactions: (index) => (index === 3 ? [{ sender: 'ann', recipient: 'bob', amount: 2.5 }] : []),
})

/** A file as `export` writes it. */
function chainFile(chain: readonly PlainBlock[], header: object = { ...HEADER, length: chain.length }): string {
  const file = join(folder, 'made.jsonl')
  writeFileSync(file, [JSON.stringify(header), ...chain.map(dumps), ''].join('\n'))
  return file
}

async function tipAt(...flags: string[]): Promise<unknown> {
  const { length, tip } = await machine.json('status', ...flags)
  return { length, tip }
}

/** What a command says when it fails: without the line that says which node it opened. */
async function failure(...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await machine.run(...args)
  expect(stdout).toBe('')
  return { code, stderr: stderr.replace(/^node .*\n/, '') }
}

test('a chain that is exported has a line for each block, whose SHA-256 is its hash, as Python prints it; another node imports it', async () => {
  const { code } = await machine.run('import', chainFile(CHAIN), '--port', '5001')
  expect(code).toBe(0)
  await machine.json('send', '--to', 'é\u4e2d', '--amount', '0.10', '--port', '5001')
  await machine.json('mine', '--port', '5001')

  const file = join(folder, 'out.jsonl')
  expect(await machine.run('export', file, '--port', '5001')).toMatchObject({
    code: 0,
    stdout: `✔ 5 blocks written to ${file}\n`,
  })
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(JSON.parse(header!)).toEqual({ ...HEADER, length: 5 })
  expect(lines.slice(0, 4).map(sha256)).toEqual(CHAIN.map(hashOf))
  const again = 'import json,sys\nfor line in open(sys.argv[1]): print(json.dumps(json.loads(line), sort_keys=True))\n'
  const printed = spawnSync('python3', ['-c', again, file], { encoding: 'utf8' }).stdout.trimEnd().split('\n')
  expect(printed.slice(1)).toEqual(lines)

  expect((await machine.run('export', '-', '--port', '5001')).stdout).toBe(readFileSync(file, 'utf8'))
  expect(await machine.json('import', file, '--port', '5002')).toEqual({ read: 5, lengthBefore: 1, length: 5 })
  expect(await tipAt('--port', '5002')).toEqual(await tipAt('--port', '5001'))
})

test('one node writes into a pipe, from which the other reads', async () => {
  await machine.run('import', chainFile(CHAIN), '--port', '5001')
  const piped = await machine.shell('chain export - --port 5001 | chain import - --port 5002 --json')
  expect(JSON.parse(piped.stdout)).toEqual({ read: 4, lengthBefore: 1, length: 4 })
})

test('a file that is there is replaced when that is asked for, and never half written', async () => {
  const file = join(folder, 'out.jsonl')
  writeFileSync(file, 'precious')
  expect(await failure('export', file)).toEqual({
    code: 2,
    stderr: `error: there is a file ${file} already\ntry: take another name, or add --force to replace it\n`,
  })
  expect(readFileSync(file, 'utf8')).toBe('precious')
  expect((await machine.run('export', file, '--force')).code).toBe(0)
  expect(readFileSync(file, 'utf8')).toMatch(/^\{"format":"chain-export"/)
})

test('where a file cannot be written, that is said, and nothing else is touched', async () => {
  const nowhere = join(folder, 'no', 'out.jsonl')
  const outcome = await failure('export', nowhere)
  expect(outcome.stderr).toMatch(
    /^error: \S+out\.jsonl cannot be written: there is no folder (\S+)\ntry: mkdir -p \1, or take another place\n$/,
  )
  expect(outcome.code).toBe(1)
  expect(await failure('export', '/proc/x')).toEqual({
    code: 1,
    stderr: 'error: /proc/x cannot be written: nothing can be made there\ntry: take another place\n',
  })
  writeFileSync(join(folder, 'plain'), '')
  expect((await failure('export', join(folder, 'plain', 'x'))).stderr).toMatch(
    /^error: \S+ cannot be written: it is no folder, or lies in none\ntry: take another place\n$/,
  )
  // A device, or a link, would be replaced by a file.
  const link = join(folder, 'link')
  symlinkSync('/dev/null', link)
  expect((await failure('export', link, '--force')).stderr).toMatch(
    /^error: .* is no regular file, and is not replaced\n/,
  )
  const part = join(folder, 'out.jsonl.part')
  writeFileSync(part, 'precious')
  expect((await machine.run('export', join(folder, 'out.jsonl'))).code).toBe(0)
  expect(readFileSync(part, 'utf8')).toBe('precious')
  expect(readdirSync(folder).sort()).toEqual(['link', 'out.jsonl', 'out.jsonl.part', 'plain'])
})

test('what is imported again changes nothing; a shorter chain is not taken', async () => {
  const file = chainFile(CHAIN)
  await machine.run('import', file)
  const tip = await tipAt()
  expect((await machine.run('import', file)).stdout).toBe('✔ 4 blocks read, all valid; nothing new in it\n')
  const other = chainFile(buildChain({ length: 3, zeros: 4, time: 1 }))
  expect(await failure('import', other)).toEqual({
    code: 5,
    stderr: `error: block 3 of ${other}: it is the last one, and only a longer chain replaces ours, which ends with block 4\ntry: to have both, take another node: chain import ${other} --port 5001\n`,
  })
  expect(await tipAt()).toEqual(tip)
})

test.each<[string, (lines: string[]) => void, number, RegExp]>([
  [
    'a proof',
    (lines) => {
      lines[4] = lines[4]!.replace(/"proof": \d+/, '"proof": 1')
    },
    5,
    /^error: block 4 of .*: the proof's hash does not begin with 4 zeros \(got 1\)\n/,
  ],
  [
    'an amount',
    (lines) => {
      lines[3] = lines[3]!.replace('2.5', '2.6')
    },
    5,
    /^error: block 4 of .*: previous_hash is not the hash of the block before .*\n/,
  ],
  [
    'a block that is no object',
    (lines) => {
      lines[4] = '[]'
    },
    5,
    /^error: block 4 of .*: .*object/,
  ],
  [
    'a line that is no JSON',
    (lines) => {
      lines[4] = lines[4]!.slice(0, 40)
    },
    5,
    /^error: line 5 of .* cannot be read as JSON: the text ends too early at byte 40\n/,
  ],
  [
    'a missing line',
    (lines) => {
      lines.splice(4, 1)
    },
    5,
    /^error: .* ends behind block 3, and should have 4\n/,
  ],
])('a fault in a file, %s: it is named, and what was valid before it is kept', async (_what, spoil, code, message) => {
  const file = chainFile(CHAIN)
  const lines = readFileSync(file, 'utf8').split('\n')
  spoil(lines)
  writeFileSync(file, lines.join('\n'))
  const outcome = await failure('import', file)
  expect(outcome.stderr).toMatch(message)
  expect(outcome.code).toBe(code)
  expect((await machine.json('status')).length).toBe(3)
  expect((await machine.run('verify')).code).toBe(0)
  // The file that is whole goes on from there.
  expect(await machine.json('import', chainFile(CHAIN))).toMatchObject({ lengthBefore: 3, length: 4 })
})

test.each<[string, string, RegExp]>([
  ['is empty', '', /does not begin as an exported chain does\ntry: chain export FILE writes one\n$/],
  // One byte more than the largest block.
  ['is one line without end', 'x'.repeat(8 * 1_048_576 + 1), /does not begin as an exported chain does\n/],
  ['begins otherwise', '{"chain": []}\n', /does not begin as an exported chain does\n/],
  [
    'is of a later version',
    `${JSON.stringify({ ...HEADER, version: 2, length: 1 })}\n`,
    /does not begin as an exported/,
  ],
])('a file that %s is none of ours, and what is: wrong usage, exit 2', async (_what, content, message) => {
  const file = join(folder, 'odd.jsonl')
  writeFileSync(file, content)
  const outcome = await failure('import', file)
  expect(outcome.stderr).toMatch(message)
  expect(outcome.code).toBe(2)
})

test('that something is kept is said where something was valid, and only there', async () => {
  const lines = readFileSync(chainFile(CHAIN), 'utf8').trimEnd().split('\n')
  const anew = 'try: have it written anew with chain export, and import it again'
  const kept = `${anew}: what was valid is kept, and it goes on from there`
  // One byte more than the largest block.
  const endless = 'x'.repeat(8 * 1_048_576 + 1)
  for (const [count, hint] of [
    [1, anew],
    [3, kept],
  ] as const) {
    const begin = lines.slice(0, count)
    for (const rest of [[], ['{'], ['[]'], [endless]]) {
      const file = join(folder, 'spoilt.jsonl')
      writeFileSync(file, [...begin, ...rest].join('\n'))
      const { code, stderr } = await failure('import', file, '--port', '5001')
      expect({ count, code, hint: stderr.split('\n').at(-2) }).toEqual({ count, code: 5, hint })
    }
  }
})

test.each<[string, object, RegExp]>([
  [
    'the other edition',
    { network: 'tutorial-bound', rules: 'tutorial-bound' },
    / is of network tutorial-bound \(rules tutorial-bound, 4 zeros\), and this node of network tutorial \(rules tutorial, 4 zeros\)\ntry: chain import \S+ --network tutorial-bound\n$/,
  ],
  [
    'a network of its own',
    { network: 'class', zeros: 2 },
    / is of network class \(rules tutorial, 2 zeros\), and this .*\ntry: chain network new --rules tutorial --zeros 2, then chain import \S+ --network tutorial-2\n$/,
  ],
])('a file of %s, which has other rules, is for other nodes: exit 2', async (_what, own, message) => {
  const outcome = await failure('import', chainFile(CHAIN, { ...HEADER, ...own, length: 4 }))
  expect(outcome.stderr).toMatch(message)
  expect(outcome.code).toBe(2)
})

test('a file of a network that is known here under a name of its own: the hint names that one, and keeps the node', async () => {
  await machine.json('network', 'new', 'club', '--zeros', '2')
  const file = chainFile(buildChain({ length: 3, zeros: 2 }), { ...HEADER, network: 'class', zeros: 2, length: 3 })
  const { stderr } = await failure('import', file, '--port', '5003')
  const hint = /\ntry: chain (.*)\n$/.exec(stderr)![1]!
  expect(hint).toBe(`import ${file} --port 5003 --network club`)
  expect(await machine.json(...hint.split(' '))).toMatchObject({ read: 3, length: 3 })
})

test('a file of a network of another name and the same rules is taken, and that is said', async () => {
  const file = chainFile(CHAIN, { ...HEADER, network: 'class', length: 4 })
  const { code, stderr } = await machine.run('import', file)
  expect(code).toBe(0)
  expect(stderr).toContain(`\n${file} is of network class, whose rules are those of tutorial\n`)
})

test('what is no file that can be read is wrong usage: exit 2, and what is', async () => {
  const missing = join(folder, 'missing.jsonl')
  const hint = 'try: give the path of a file that chain export wrote\n'
  expect(await failure('import', missing)).toEqual({ code: 2, stderr: `error: there is no file ${missing}\n${hint}` })
  const complaint = `error: ${folder} cannot be read: it is a folder\n`
  expect(await failure('import', folder)).toEqual({ code: 2, stderr: complaint + hint })
})

test('wherever a file is cut: exit 5, in its first line 2, and what to do, from a file as from stdin', async () => {
  const file = chainFile(CHAIN)
  const text = readFileSync(file, 'utf8')
  const lineEnds = [...text.matchAll(/\n/g)].map(({ index }) => index)
  const [header, first, , third, last] = lineEnds as [number, number, number, number, number]
  for (const end of [0, 20, header, header + 1, first - 30, first, third, third + 1, third + 20, last - 1]) {
    writeFileSync(file, text.slice(0, end))
    for (const line of [`chain import '${file}'`, `chain import - < '${file}'`]) {
      const { code, stderr } = await machine.shell(`${line} --port 5001`)
      expect({ end, code, stderr }).toEqual({
        end,
        code: end < header ? 2 : 5,
        stderr: expect.stringMatching(/\ntry: .*chain export/),
      })
    }
  }
  writeFileSync(file, text.slice(0, last))
  expect(await machine.json('import', file, '--port', '5001')).toMatchObject({ read: 4, length: 4 })
})

test('empty lines are skipped, and counted; the last line needs no end', async () => {
  const file = chainFile(CHAIN)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const [header, ...blocks] = lines
  writeFileSync(file, [header, '', blocks[0], ' \t\r', ...blocks.slice(1)].join('\n'))
  expect(await machine.json('import', file)).toMatchObject({ read: 4, length: 4 })
  writeFileSync(file, [header, '', ...blocks.slice(0, 2), '', '{', ''].join('\n'))
  expect((await failure('import', file, '--port', '5001')).stderr).toMatch(
    /^error: line 6 of .* cannot be read as JSON: /,
  )
})

test.each<[string, () => string]>([
  ['a file that is not there', () => join(folder, 'missing')],
  ['a file that is none of ours', () => chainFile(CHAIN, {})],
  ['a file whose second block does not follow the first', () => chainFile([CHAIN[0]!, CHAIN[2]!])],
])('an import of %s leaves no node that was not there before', async (_what, make) => {
  await machine.json('mine', '--name', 'ada')
  expect((await failure('import', make(), '--name', 'bob')).code).not.toBe(0)
  expect(readdirSync(join(machine.data, 'tutorial'))).toEqual(['ada'])
  // And the node used last is the one that is there.
  expect((await machine.run('status')).stderr).toMatch(/^node ada /)
})

test('an export that is larger than a file may be is told so: exit 1, and nothing is left of it', async () => {
  const file = join(folder, 'out.jsonl')
  const { url } = await machine.serve()
  await machine.json('send', '--to', 'b'.repeat(5_000), '--amount', '1')
  await machine.json('mine')
  const { code, stdout, stderr } = await machine.shell(`ulimit -f 4; chain export '${file}' --node ${url}`)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(
    `error: ${file} cannot be written: it would be larger than a file may be here (ulimit -f)\ntry: take another place\n`,
  )
  expect(readdirSync(folder)).toEqual([])
})

test('an import into a node that is served names who serves it', async () => {
  const node = await machine.serve()
  const file = chainFile(CHAIN)
  expect(await failure('import', file, '--port', String(node.port))).toEqual({
    code: 2,
    stderr: [
      `error: this node is held by \`chain serve\` (process ${node.pid}), and blocks are imported into one that no other process has`,
      `try: end that first, or take another node: chain import ${file} --port 5000\n`,
    ].join('\n'),
  })
})

test('an import that is killed goes on where it was: what it had adopted is there', async () => {
  await machine.run('network', 'new', 'fast', '--rules', 'tutorial', '--zeros', '1')
  const chain = buildChain({ length: 11_000, zeros: 1 })
  const header = { ...HEADER, network: 'fast', zeros: 1, length: chain.length }
  const whole = chainFile(chain, header)
  // The first process is given half of the file, and is killed while it waits for the rest.
  const pipe = join(folder, 'pipe')
  spawnSync('mkfifo', [pipe])
  const node = ['--network', 'fast', '--port', '5005']
  const importing = machine.start(['import', pipe, ...node])
  const writing = createWriteStream(pipe).on('error', () => {})
  onTestFinished(() => void writing.destroy())
  writing.write(`${readFileSync(whole, 'utf8').split('\n').slice(0, 7_000).join('\n')}\n`)
  await expect
    .poll(async () => (await machine.json('status', ...node)).length, { timeout: 60_000 })
    .toBeGreaterThan(5_000)
  await importing.stop('SIGKILL')
  const outcome = await machine.json<{ lengthBefore: number }>('import', whole, ...node)
  expect(outcome).toMatchObject({ read: 11_000, length: 11_000 })
  expect(outcome.lengthBefore).toBeGreaterThan(5_000)
  expect((await machine.run('verify', ...node)).stdout).toBe(
    '✔ 11,000 blocks checked: blocks, balances and indexes are as they should be\n',
  )
})

test('verify of a served node checks its blocks by itself, and says what it cannot see', async () => {
  const { port, url } = await machine.serve()
  await machine.json('mine', '--node', url)
  expect(await machine.run('verify', '--node', url)).toEqual({
    code: 0,
    stdout: '✔ 2 blocks checked: blocks are as they should be\n',
    stderr: `node ${port} of network tutorial, running at ${url}\nnot checked: what a chain node stores beside the blocks; for that stop it, then run chain verify on its machine\n`,
  })
  expect((await machine.run('verify')).stderr).toContain(
    '\nnot checked: what it stores beside the blocks; for that stop the node, then run chain verify --port ',
  )
  expect((await failure('import', chainFile(CHAIN), '--node', url)).stderr).toContain(
    'into a node of this machine alone',
  )
  expect((await failure('import', chainFile(CHAIN))).stderr).toContain('this node is held by `chain serve` (process ')
})

test('a node in Python is exported and verified as well; one whose chain is false is found out', async () => {
  const spoiled = CHAIN.map((block) => (block.index === 3 ? { ...block, proof: block.proof + 1 } : block))
  const [good, bad] = [await startPython({ chain: dumps(CHAIN) }), await startPython({ chain: dumps(spoiled) })]
  expect(await machine.run('verify', '--node', good.url)).toMatchObject({ code: 0 })
  expect(await failure('verify', '--node', bad.url)).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /^plain Python node at .*\nerror: the node's chain breaks the rules: block 3: the proof's hash does not begin with 4 zeros \(got \d+\)\ntry: whoever runs it /,
    ),
  })
  const file = join(folder, 'python.jsonl')
  expect((await machine.run('export', file, '--node', good.url)).code).toBe(0)
  expect(await machine.json('import', file)).toMatchObject({ length: 4 })
})

test('reset removes the chain, the pending transactions and the peers, and keeps the identity; only with consent', async () => {
  await machine.run('import', chainFile(CHAIN))
  await machine.run('send', '--to', 'bob', '--amount', '1')
  await machine.run('peers', 'add', 'localhost:1')
  const { identity } = await machine.json('status')
  const refused = await failure('reset')
  expect(refused).toMatchObject({
    code: 2,
    stderr:
      'error: this would remove the chain, the pending transactions and the peers of node 5000 of network tutorial, and nobody can be asked here\ntry: add --yes to agree\n',
  })
  expect((await machine.json('status')).length).toBe(4)
  expect((await machine.run('reset', '--yes')).code).toBe(0)
  expect(await machine.json('status')).toMatchObject({ identity, length: 1, pending: 0, peers: 0 })
  expect((await failure('reset', '--yes', '--port', '5999')).stderr).toContain('there is no node 5999')
})

test('after a reset the first command says that the chain begins anew, not that the node is new; the identity stays whatever comes of it', async () => {
  const { identity } = await machine.json('status')
  await machine.run('mine', '--name', 'alice')
  const before = await machine.json('status', '--name', 'alice')
  expect(before.identity).not.toBe(identity)
  await machine.run('reset', '--yes', '--name', 'alice')
  // It stores nothing, and a node that it had made would go again.
  expect((await machine.run('peers', 'add', 'https://x:1', '--name', 'alice')).stderr).toMatch(
    /^node alice of network tutorial, whose chain begins anew: opened for this command\n/,
  )
  await machine.run('reset', '--yes', '--name', 'alice')
  expect((await machine.run('verify', '--name', 'alice')).stderr).toBe(
    'node alice of network tutorial, whose chain begins anew: opened for this command\n',
  )
  expect((await machine.run('status', '--name', 'alice')).stderr).toBe(
    'node alice of network tutorial, not running: opened for this command\n',
  )
  expect(await machine.json('status', '--name', 'alice')).toMatchObject({ identity: before.identity, length: 1 })
})

test('reset of a node that runs is refused, with who holds it and how that is ended', async () => {
  const serving = await machine.serve()
  expect(await failure('reset', '--yes', '--port', String(serving.port))).toEqual({
    code: 1,
    stderr: `error: the node ${serving.port} is held by \`chain serve\` (process ${serving.pid})\ntry: end that with Ctrl-C in its terminal, then chain reset --port ${serving.port}\n`,
  })
})
