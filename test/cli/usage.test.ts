import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { Screen } from '../support/pty.js'

/** What can be wrong with a command before any node is asked. */

const COMMANDS = ['serve', 'mine', 'send', 'chain', 'balance', 'status', 'pending', 'resolve', 'peers', 'help']

test('--help is a result: stdout, exit 0, every command in it', async () => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.run('--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  expect(stdout).toContain('$ chain serve --port 5001 ')
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test.each([60, 50])('on a terminal of %i columns no word of a help is broken', async (columns) => {
  const machine = await Machine.create()
  for (const args of [['--help'], ['serve', '--help'], ['network', 'new', '--help']]) {
    const screen = Screen.run(machine, args, { columns, rows: 100 })
    expect(await screen.ended).toBe(0)
    // A command that can be typed as it stands stays on its line.
    const lines = screen.text.split('\n').filter((line) => !line.startsWith('  $ '))
    expect(lines.length).toBeGreaterThan(20)
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns)
  }
})

test('the help names no default for --port and --network but where it is taken', async () => {
  const { stdout } = await (await Machine.create()).run('mine', '--help')
  const text = stdout.replace(/\s+/g, ' ')
  expect(text).toContain('the node of this port on this machine (without one, serve takes 5000)')
  expect(text).toContain("the network's rules (default: those of the node; of a new one tutorial)")
})

test('version is no command, and names the flag that is meant', async () => {
  expect(await (await Machine.create()).run('version')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: there is no command version\ntry: chain --version\n',
  })
})

test.each(['mine', 'send', 'peers'])('`%s --help` shows that command alone', async (command) => {
  const { code, stdout, stderr } = await (await Machine.create()).run(command, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(new RegExp(`^Usage: chain ${command} `))
})

test('help COMMAND shows the same, help alone that of --help', async () => {
  const machine = await Machine.create()
  for (const [topic, args] of [
    [['mine'], ['mine', '--help']],
    [
      ['peers', 'add'],
      ['peers', 'add', '--help'],
    ],
    [[], ['--help']],
  ]) {
    const [help, flag] = await Promise.all([machine.run('help', ...topic!), machine.run(...args!)])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help).toEqual(flag)
  }
})

test.each([
  [['nope'], "unknown command 'nope'", 'chain --help'],
  [['mien'], "unknown command 'mien' (did you mean mine?)", 'chain --help'],
  [['peers', 'ad'], "unknown command 'ad' (did you mean add?)", 'chain peers --help'],
  [['balance', 'bob'], 'chain balance has no commands of its own', 'chain balance --help'],
])('help %j: exit 2, and nothing is carried out', async (topic, complaint, help) => {
  const machine = await Machine.create()
  expect(await machine.run('help', ...topic)).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: ${complaint}\ntry: ${help}\n`,
  })
  expect(existsSync(machine.data)).toBe(false)
})

test('help exit-codes lists them', async () => {
  const { code, stdout, stderr } = await (await Machine.create()).run('help', 'exit-codes')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const codes = [...stdout.matchAll(/^(\d+) +\S.*$/gm)].map(([, each]) => Number(each))
  expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 130])
  expect(stdout).toMatch(/^130 +Ctrl-C or SIGTERM; chain serve, which is stopped that way, ends with 0$/m)
})

test("a command's help has the flags of all commands in a section of their own, as far as it heeds them", async () => {
  const machine = await Machine.create()
  const [serve, mine, add] = await Promise.all([
    machine.run('serve', '--help'),
    machine.run('mine', '--help'),
    machine.run('peers', 'add', '--help'),
  ])
  for (const { stdout } of [serve, mine, add]) {
    const [own, all] = stdout.split('\nGlobal Options:\n')
    for (const flag of ['--port <number>', '--name <name>', '--network <name>', '--data-dir <folder>', '--json']) {
      expect(own).not.toContain(`  ${flag} `)
      expect(all).toContain(`  ${flag} `)
    }
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  }
  expect(serve.stdout).toContain('\n  --peer <url...> ')
  expect(serve.stdout).not.toMatch(/^ {2}(--node|--timeout) /m)
  expect(mine.stdout).toMatch(/^ {2}--node <url> /m)
})

test('--version prints the version of package.json and nothing else', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await (await Machine.create()).run('-V')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('with --json the version is a document as well', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  for (const flag of ['-V', '--version']) expect(await (await Machine.create()).json(flag)).toEqual({ version })
})

test('no command at all is not done by help: stderr, exit 2, stdout stays empty', async () => {
  const { code, stdout, stderr } = await (await Machine.create()).run()
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^Usage: chain /)
})

test('an unknown command is answered with the one that was meant', async () => {
  expect(await (await Machine.create()).run('mien')).toEqual({
    code: 2,
    stdout: '',
    stderr: "error: unknown command 'mien' (did you mean mine?)\ntry: chain --help\n",
  })
})

test('so is an unknown command of a command, and an unknown flag', async () => {
  const machine = await Machine.create()
  const [command, flag] = await Promise.all([machine.run('peers', 'ad'), machine.run('mine', '--cuont', '3')])
  expect(command).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('(did you mean add?)\ntry: chain peers --help\n'),
  })
  expect(flag).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('(did you mean --count?)\ntry: chain mine --help\n'),
  })
})

test.each([
  [['mine', '--count', 'x'], '--count must be a whole number from 1 to 1000000 (got "x")\ntry: chain mine --help\n'],
  [['mine', '--count', '0'], '--count must be a whole number from 1 to 1000000 (got "0")\ntry: chain mine --help\n'],
  [['mine', '--count', '1.5'], '(got "1.5")\ntry: chain mine --help\n'],
  [
    ['chain', '--limit', '1001'],
    '--limit must be a whole number from 1 to 1000 (got "1001")\ntry: chain chain --help\n',
  ],
  [['chain', '--from', '-1'], '(got "-1")\ntry: chain chain --help\n'],
  [['status', '--port', '0'], '--port must be a whole number from 1 to 65535 (got "0")\ntry: chain status --help\n'],
  [['status', '--port', '65536'], '(got "65536")\ntry: chain status --help\n'],
  [['serve', '--follow', '0'], '--follow must be a whole number from 1 to 86400 (got "0")\ntry: chain serve --help\n'],
  [['status', '--timeout', 'soon'], '(got "soon")\ntry: chain status --help\n'],
  [['mine', 'twice'], 'error: too many words after mine\ntry: chain mine --help\n'],
  [['peers', 'add'], '<url> is missing\ntry: chain peers add --help\n'],
  [['send', '--to'], '--to <address> lacks its value\ntry: chain send --help\n'],
  [['block', 'abc'], 'a block must be a height, or a hash or its first digits'],
  [['tx', 'abc'], 'a transaction must be HEIGHT.POSITION, or an id'],
  [['status', '--name', '../up'], '"../up" cannot name a node'],
  [['status', '--network', 'mainnet'], 'there is no network "mainnet"'],
  [
    ['status', '--node', 'ftp://localhost'],
    '"ftp://localhost" is not the address of a node: nodes speak http, not ftp',
  ],
  [['status', '--node', 'http://localhost'], '"http://localhost" names no port\ntry: --node http://localhost:5000\n'],
  [['status', '--node', 'http://u:p@localhost:1'], 'leave out the name and password\ntry: --node http://'],
  [['status', '--node', 'localhost:1/chain'], 'leave out what follows the port\ntry: --node http://'],
  [
    ['status', '--node', 'http://localhost:5001', '--port', '5002'],
    '--node and --port each choose a node\ntry: leave one out: --node for a node anywhere, --port for one of this machine\n',
  ],
  [['mine', '--name', 'ann', '--node', 'localhost:5001'], '--node and --name each choose a node\ntry: leave one out'],
])('%j is wrong usage: exit 2, and nothing on stdout', async (args, complaint) => {
  const { code, stdout, stderr } = await (await Machine.create()).run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^error: /)
  expect(stderr).toContain(complaint)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

test.each([
  [['mien'], "unknown command 'mien'"],
  [['mine', '--count', 'x'], '--count must be a whole number'],
  [[], 'a command is missing'],
])('--json has the errors of usage in JSON as well: %j', async (args, complaint) => {
  const { code, stdout, stderr } = await (await Machine.create()).run(...args, '--json')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  const { error } = JSON.parse(stderr)
  expect(error).toEqual({ code: 'usage', message: expect.stringContaining(complaint), hint: expect.any(String) })
})

test('a variable of the environment is checked like the flag that it stands for', async () => {
  const machine = await Machine.create()
  expect(await machine.runWith({ CHAIN_NETWORK: 'mainnet' }, 'status')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no network "mainnet"'),
  })
  expect(await machine.runWith({ CHAIN_NETWORK: ' ' }, 'status')).toMatchObject({
    code: 2,
    stderr: 'error: CHAIN_NETWORK must not be empty (got " ")\ntry: chain status --help\n',
  })
})
