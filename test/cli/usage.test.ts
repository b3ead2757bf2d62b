import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'

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
  [['nope'], "error: unknown command 'nope'\n"],
  [['mien'], "error: unknown command 'mien'\n(Did you mean mine?)\n"],
  [['peers', 'ad'], "error: unknown command 'ad'\n(Did you mean add?)\n"],
  [['balance', 'bob'], 'error: chain balance has no commands of its own\n'],
])('help %j: exit 2, and nothing is carried out', async (topic, complaint) => {
  const machine = await Machine.create()
  expect(await machine.run('help', ...topic)).toEqual({
    code: 2,
    stdout: '',
    stderr: `${complaint}(chain --help shows what there is)\n`,
  })
  expect(existsSync(machine.data)).toBe(false)
})

test('help exit-codes lists them', async () => {
  const { code, stdout, stderr } = await (await Machine.create()).run('help', 'exit-codes')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const codes = [...stdout.matchAll(/^(\d+) +\S.*$/gm)].map(([, each]) => Number(each))
  expect(codes).toEqual([0, 1, 2, 3, 5, 6, 7, 130])
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

test('no command at all is not done by help: stderr, exit 2, stdout stays empty', async () => {
  const { code, stdout, stderr } = await (await Machine.create()).run()
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^Usage: chain /)
})

test('an unknown command is answered with the one that was meant', async () => {
  expect(await (await Machine.create()).run('mien')).toEqual({
    code: 2,
    stdout: '',
    stderr: "error: unknown command 'mien'\n(Did you mean mine?)\n(chain --help shows what there is)\n",
  })
})

test('so is an unknown command of a command, and an unknown flag', async () => {
  const machine = await Machine.create()
  const [command, flag] = await Promise.all([machine.run('peers', 'ad'), machine.run('mine', '--cuont', '3')])
  expect(command).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('(Did you mean add?)') })
  expect(flag).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('(Did you mean --count?)') })
})

test.each([
  [['mine', '--count', 'x'], "'x' is invalid. It must be a whole number from 1 to 1000000."],
  [['mine', '--count', '0'], "'0' is invalid. It must be a whole number from 1 to 1000000."],
  [['mine', '--count', '1.5'], "'1.5' is invalid."],
  [['chain', '--limit', '1001'], "'1001' is invalid. It must be a whole number from 1 to 1000."],
  [['chain', '--from', '-1'], "'-1' is invalid."],
  [['status', '--port', '0'], "'0' is invalid. It must be a whole number from 1 to 65535."],
  [['status', '--port', '65536'], "'65536' is invalid."],
  [['serve', '--follow', '0'], "'0' is invalid. It must be a whole number from 1 to 86400."],
  [['status', '--timeout', 'soon'], "'soon' is invalid."],
  [['mine', 'twice'], "too many arguments for 'mine'"],
  [['peers', 'add'], "missing required argument 'url'"],
  [['status', '--name', '../up'], '"../up" cannot name a node'],
  [['status', '--network', 'mainnet'], 'there is no network "mainnet"'],
  [['status', '--node', 'ftp://localhost'], '"ftp://localhost" is not the http address of a node'],
])('%j is wrong usage: exit 2, and nothing on stdout', async (args, complaint) => {
  const { code, stdout, stderr } = await (await Machine.create()).run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^error: /)
  expect(stderr).toContain(complaint)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

test.each([
  [['mien'], "unknown command 'mien'"],
  [['mine', '--count', 'x'], "argument 'x' is invalid"],
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
})
