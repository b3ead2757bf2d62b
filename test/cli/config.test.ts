import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Machine, type Outcome } from '../support/cli.js'

/** What is set once stands in for what is not typed, and for nothing else. */

test('list has every setting, set or not; get and set one; without a value it is taken back', async () => {
  const machine = await Machine.create()
  const unset = {
    network: { value: 'tutorial', source: 'default' },
    node: { value: null, source: 'default' },
    timeout: { value: 60, source: 'default' },
    limit: { value: 20, source: 'default' },
    host: { value: '127.0.0.1', source: 'default' },
    follow: { value: null, source: 'default' },
  }
  expect(await machine.json('config', 'list')).toEqual(unset)
  expect((await machine.run('config', 'set', 'limit', '2')).stdout).toBe('limit is 2\n')
  expect(await machine.json('config', 'list')).toEqual({ ...unset, limit: { value: 2, source: 'set' } })
  expect((await machine.run('config', 'get', 'limit')).stdout).toBe('2\n')
  expect((await machine.run('config', 'list')).stdout).toMatch(/^limit {4}2 {10}set {6}lines of a table$/m)
  expect((await machine.run('config', 'set', 'limit')).stdout).toBe('limit is not set\n')
  expect(await machine.json('config', 'get', 'limit')).toEqual({ limit: { value: 20, source: 'default' } })
  expect((await machine.run('config', 'get', 'limit')).stdout).toBe('20\n')
})

test('list and get show what is in force, also where that is from the environment', async () => {
  const machine = await Machine.create()
  await machine.json('config', 'set', 'network', 'tutorial-bound')
  const environment = { CHAIN_NETWORK: 'tutorial', CHAIN_NODE: '' }
  expect((await machine.runWith(environment, 'config', 'list')).stdout).toMatch(
    /^network {2}tutorial {3}environment {2}the network of .*\nnode {5}- {10}default {6}/m,
  )
  expect((await machine.runWith(environment, 'config', 'get', 'network')).stdout).toBe('tutorial\n')
  expect((await machine.run('config', 'get', 'network')).stdout).toBe('tutorial-bound\n')
})

test('path names the file that holds them', async () => {
  const machine = await Machine.create()
  const file = join(machine.data, 'config.json')
  expect((await machine.run('config', 'path')).stdout).toBe(`${file}\n`)
  expect(await machine.json('config', 'path')).toEqual({ file, data: machine.data })
})

test('a setting is heeded, a variable of the environment wins over it, and a flag over both', async () => {
  const machine = await Machine.create()
  await machine.json('config', 'set', 'network', 'tutorial-bound')
  await machine.json('config', 'set', 'limit', '1')
  await machine.json('mine')
  expect((await machine.json('status')).network).toBe('tutorial-bound')
  const { stdout } = await machine.runWith({ CHAIN_NETWORK: 'tutorial' }, 'status', '--json')
  expect(JSON.parse(stdout).network).toBe('tutorial')
  expect((await machine.json('status', '--network', 'tutorial')).network).toBe('tutorial')
  expect((await machine.json<{ blocks: unknown[] }>('chain')).blocks).toHaveLength(1)
  expect((await machine.json<{ blocks: unknown[] }>('chain', '--limit', '2')).blocks).toHaveLength(2)
})

test('a node that is set gives way to a --port that is typed', async () => {
  const machine = await Machine.create()
  const node = await (await Machine.create()).serve()
  await machine.json('config', 'set', 'node', node.url)
  expect((await machine.run('status')).stderr).toContain(`running at ${node.url}`)
  expect((await machine.run('mine', '--port', '5000')).stderr).toContain('node 5000 of network tutorial, a new one')
})

test.each([
  [['get', 'colour'], 'there is no setting "colour"', 'one of network, node, timeout, limit, host, follow'],
  [['set', 'colour', 'red'], 'there is no setting "colour"', 'one of network, node, '],
  [['set', 'limit', '0'], 'limit must be a whole number from 1 to 1000', 'chain config set limit VALUE'],
  [['set', 'limit', 'many'], 'limit must be a whole number from 1 to 1000', 'chain config set limit VALUE'],
  [['set', 'node', ' '], 'node must be a text that is not empty', 'chain config set node VALUE'],
  [['set', 'node', 'foo'], '"foo" names no port', 'chain config set node foo:5000'],
  [['set', 'node', '5001'], '5001 is a port alone', 'chain config set node http://localhost:5001'],
  [
    ['set', 'node', 'https://localhost:5001'],
    '"https://localhost:5001" is not the address of a node: nodes speak http, not https',
    'chain config set node http://localhost:5000',
  ],
  [['set', 'network', 'mainnet'], 'there is no network "mainnet"', 'chain network list shows them'],
])('config %j is refused: exit 2', async (args, complaint, hint) => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.run('config', ...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`error: ${complaint}\ntry: ${hint}`)
  expect(existsSync(join(machine.data, 'config.json'))).toBe(false)
})

test.each(['foo', '5001', 'ftp://localhost:1'])('--node %s and `config set node` are read alike', async (text) => {
  const machine = await Machine.create()
  const complaint = ({ stderr }: Outcome): string => stderr.split('\n', 1)[0]!
  const [typed, set] = [await machine.run('status', '--node', text), await machine.run('config', 'set', 'node', text)]
  expect(complaint(typed)).toMatch(/^error: /)
  expect(complaint(set)).toBe(complaint(typed))
})

test.each(['{"defaults": {"limit"', '', '[1]', 'null'])(
  'a file of settings that is damaged, %j, sets nothing; that is said, and it is kept beside the new one',
  async (text) => {
    const machine = await Machine.create()
    await machine.json('config', 'set', 'limit', '1')
    const file = join(machine.data, 'config.json')
    const said = `warning: ${file} is no JSON object, and sets nothing; before it is written anew it is kept as config.json.damaged\n`
    await writeFile(file, text)
    expect(await machine.run('config', 'get', 'limit')).toEqual({ code: 0, stdout: '20\n', stderr: said })
    // What only reads leaves it where it is.
    expect(await readFile(file, 'utf8')).toBe(text)
    expect(await machine.run('config', 'set', 'limit', '3')).toMatchObject({ code: 0, stderr: said })
    expect(await machine.run('config', 'get', 'limit')).toEqual({ code: 0, stdout: '3\n', stderr: '' })
    expect(await readFile(`${file}.damaged`, 'utf8')).toBe(text)
    // A second one takes nothing from the first, also where a command notes which node it used.
    await writeFile(file, 'again')
    expect((await machine.run('mine')).stderr).toContain(said)
    expect(await readFile(`${file}.damaged`, 'utf8')).toBe(text)
    expect(await readFile(`${file}.damaged-2`, 'utf8')).toBe('again')
  },
)

test.each([
  [
    '{"defaults": {"limit": 2, "timeout": "soon", "colour": "red"}}',
    '2',
    'sets timeout and colour to what cannot be, and that is not heeded',
  ],
  ['{"timeout": 5, "limit": 3}', '20', 'has timeout and limit outside of "defaults", and that is not heeded'],
])('of %s what cannot be is named, and is not heeded; the rest is', async (text, limit, complaint) => {
  const machine = await Machine.create()
  await machine.json('config', 'set', 'limit', '1')
  const file = join(machine.data, 'config.json')
  await writeFile(file, text)
  expect(await machine.run('config', 'get', 'limit')).toEqual({
    code: 0,
    stdout: `${limit}\n`,
    stderr: `warning: ${file} ${complaint}\n`,
  })
})
