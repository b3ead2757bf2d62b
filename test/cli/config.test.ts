import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'

/** What is set once stands in for what is not typed, and for nothing else. */

const NAMES = ['network', 'node', 'timeout', 'limit', 'host', 'follow']

test('list has every setting, set or not; get and set one; without a value it is taken back', async () => {
  const machine = await Machine.create()
  const unset = Object.fromEntries(NAMES.map((name) => [name, null]))
  expect(await machine.json('config', 'list')).toEqual(unset)
  expect((await machine.run('config', 'set', 'limit', '2')).stdout).toBe('limit is 2\n')
  expect(await machine.json('config', 'list')).toEqual({ ...unset, limit: 2 })
  expect((await machine.run('config', 'get', 'limit')).stdout).toBe('2\n')
  expect((await machine.run('config', 'list')).stdout).toMatch(/^limit {4}2 {6}lines of a table$/m)
  expect((await machine.run('config', 'set', 'limit')).stdout).toBe('limit is not set\n')
  expect(await machine.json('config', 'get', 'limit')).toEqual({ limit: null })
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
  expect((await machine.run('status', '--port', '5000')).stderr).toContain('node 5000 of network tutorial, a new one')
})

test.each([
  [['get', 'colour'], 'there is no setting "colour"', 'one of network, node, timeout, limit, host, follow'],
  [['set', 'colour', 'red'], 'there is no setting "colour"', 'one of network, node, '],
  [['set', 'limit', '0'], 'limit must be a whole number from 1 to 1000', 'chain config set limit VALUE'],
  [['set', 'limit', 'many'], 'limit must be a whole number from 1 to 1000', 'chain config set limit VALUE'],
  [['set', 'node', ' '], 'node must be a text that is not empty', 'chain config set node VALUE'],
])('config %j is refused: exit 2', async (args, complaint, hint) => {
  const { code, stdout, stderr } = await (await Machine.create()).run('config', ...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`error: ${complaint}\ntry: ${hint}`)
})

test('a file of settings that is damaged sets nothing, and is made anew', async () => {
  const machine = await Machine.create()
  await machine.json('config', 'set', 'limit', '1')
  await writeFile(join(machine.data, 'config.json'), '{"defaults": {"limit"')
  expect(await machine.json('config', 'get', 'limit')).toEqual({ limit: null })
  await machine.json('config', 'set', 'limit', '3')
  expect(await machine.json('config', 'get', 'limit')).toEqual({ limit: 3 })
})
