import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { deadAddress } from '../support/peer-server.js'

/** One home, several commands at a time; and a home that is not what it was. */

test('five searches at the same time wait for each other: all succeed, six blocks, one identity', async () => {
  const machine = await Machine.create()
  const mined = await Promise.all(Array.from({ length: 5 }, () => machine.json<{ height: number }>('mine')))
  expect(mined.map(({ height }) => height).sort()).toEqual([2, 3, 4, 5, 6])
  expect(await machine.json('status')).toMatchObject({ length: 6 })
  // Also where none of them found a home: the rewards of all are this node's.
  expect(await machine.json('balance')).toMatchObject({ amount: '5' })
})

test('commands with a node that runs do not wait, and lose nothing of each other', async () => {
  const machine = await Machine.create()
  await machine.serve()
  const work = [
    ...Array.from({ length: 3 }, () => machine.json('mine')),
    ...Array.from({ length: 3 }, () => machine.json('send', '--to', 'bob', '--amount', '1')),
  ]
  await Promise.all(work)
  await machine.json('mine')
  expect(await machine.json('status')).toMatchObject({ length: 5, pending: 0 })
  expect(await machine.json('balance', 'bob')).toMatchObject({ amount: '3' })
})

async function machineWithChain(): Promise<Machine> {
  const machine = await Machine.create()
  await machine.json('mine')
  await machine.json('send', '--to', 'bob', '--amount', '5')
  return machine
}

const home = (machine: Machine): string => join(machine.data, 'tutorial/5000')

const gone = (pattern: RegExp) => (file: string) => (pattern.test(file) ? rm(file, { recursive: true }) : undefined)

const flipped = (pattern: RegExp) => async (file: string) => {
  if (!pattern.test(file)) return
  const bytes = await readFile(file)
  bytes[bytes.length >>> 1]! ^= 1
  await writeFile(file, bytes)
}

const DAMAGES: readonly [named: RegExp, damage: (file: string) => Promise<void> | undefined][] = [
  [/chain\/CURRENT is missing/, gone(/CURRENT$/)],
  [/chain\/MANIFEST-\d+ is missing/, gone(/MANIFEST-\d+$/)],
  [/chain\/\d+\.ldb is missing/, gone(/\.ldb$/)],
  [/chain\/\d+\.log is missing/, gone(/\.log$/)],
  [/chain\.acknowledged is missing/, gone(/acknowledged$/)],
  [/chain\/CURRENT is missing/, gone(/chain$/)],
  [/chain\/MANIFEST-\d+ is damaged: /, flipped(/MANIFEST-\d+$/)],
  [/chain\/\d+\.ldb is damaged/, flipped(/\.ldb$/)],
  [/chain\/\d+\.log is damaged/, flipped(/\.log$/)],
  [/chain\.acknowledged is damaged/, flipped(/acknowledged$/)],
]

test('damage of each file is named, and when the file is back all is as it was', async () => {
  const machine = await machineWithChain()
  const sound = `${machine.data}-sound`
  await cp(home(machine), sound, { recursive: true })
  for (const [named, damage] of DAMAGES) {
    for (const name of readdirSync(home(machine), { recursive: true, encoding: 'utf8' })) {
      await damage(join(home(machine), name))
    }
    const { code, stdout, stderr } = await machine.run('status')
    expect({ named, code, stdout }).toEqual({ named, code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: the store is damaged: /)
    expect(stderr).toMatch(named)
    expect(stderr).toContain(`\ntry: keep a copy of ${home(machine)}, in which nothing was changed; `)

    await rm(home(machine), { recursive: true })
    await cp(sound, home(machine), { recursive: true })
    expect(await machine.json('status')).toMatchObject({ length: 2, pending: 1 })
    // As it was before that command, too.
    await rm(home(machine), { recursive: true })
    await cp(sound, home(machine), { recursive: true })
  }
})

test('no command answers damage with a fresh genesis', async () => {
  const machine = await machineWithChain()
  await rm(join(home(machine), 'chain/CURRENT'))
  const config = readFileSync(join(home(machine), 'config.json'), 'utf8')
  for (const args of [['mine'], ['chain'], ['serve', '--name', '5000', '--port', String(await freePort())]]) {
    const { code, stdout, stderr } = await machine.run(...args, '--json')
    expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'store-damaged' } })
  }
  expect(readFileSync(join(home(machine), 'config.json'), 'utf8')).toBe(config)
})

test('what is to be tried with a damaged store fetches the chain from a peer, under the same identity', async () => {
  const machine = await machineWithChain()
  const other = await Machine.create()
  const peer = await other.serve()
  const node = await machine.serve('--name', '5000')
  await other.json('peers', 'add', node.url)
  await other.json('resolve')
  await other.json('mine')
  const { tip } = await other.json<{ tip: string }>('status')
  const { identity } = await machine.json('status')
  await node.stop()
  await rm(join(home(machine), 'chain/CURRENT'))
  const { stderr } = await machine.run('chain')
  const commands = /fetch the chain from a peer: (.*)$/m.exec(stderr)![1]!
  expect(commands).toBe(
    'chain reset --port 5000 && chain peers add http://HOST:PORT --port 5000 && chain resolve --port 5000',
  )
  // Nobody is there to be asked.
  const typed = commands.replace('HOST:PORT', peer.address).replace('chain reset', 'chain reset --yes')
  expect(await machine.shell(typed)).toMatchObject({ code: 0 })
  expect(await machine.json('status')).toMatchObject({ length: 3, tip, identity })
})

test('another node of the machine is not held up by a damaged one', async () => {
  const machine = await machineWithChain()
  await rm(join(home(machine), 'chain'), { recursive: true })
  expect(await machine.json('mine', '--port', '5001')).toMatchObject({ height: 2 })
})

test('a running.json that says nothing, or names a process that is gone, holds nobody up', async () => {
  const machine = await machineWithChain()
  for (const text of [
    '',
    '{',
    '[]',
    '{"pid":0,"command":"serve","identity":"a","url":"http://127.0.0.1:1"}',
    '{"pid":4194305,"command":"serve","identity":"a","url":"http://127.0.0.1:1"}',
  ]) {
    await writeFile(join(home(machine), 'running.json'), text)
    expect(await machine.json('status')).toMatchObject({ length: 2, pending: 1 })
  }
})

test('nor does one that names a process which is another program by now', async () => {
  const machine = await machineWithChain()
  const running = { pid: process.pid, command: 'serve', identity: 'a', url: `http://${await deadAddress()}` }
  await writeFile(join(home(machine), 'running.json'), JSON.stringify(running))
  expect(await machine.run('status')).toMatchObject({
    code: 0,
    stderr: 'node 5000 of network tutorial, not running: opened for this command\n',
  })
  expect(await machine.json('status')).toMatchObject({ length: 2, pending: 1 })
})

test('a config.json that is lost or broken is named, and stays so: a chain has no second identity', async () => {
  const machine = await machineWithChain()
  const config = join(home(machine), 'config.json')
  const before = readFileSync(config, 'utf8')
  const lost = 'has lost the identity of the node, whose chain is there'
  const hints: string[] = []
  for (const [text, complaint] of [
    [undefined, lost],
    ['{"begun": true}', lost],
    ['{}', lost],
    ['{"identity": 5}', lost],
    ['{"identity": ""}', lost],
    ['', 'is no JSON object'],
    ['{"identity": ', 'is no JSON object'],
    ['null', 'is no JSON object'],
    ['[]', 'is no JSON object'],
    ['"text"', 'is no JSON object'],
  ]) {
    if (text === undefined) await unlink(config)
    else await writeFile(config, text)
    const { code, stdout, stderr } = await machine.run('status', '--name', '5000')
    const [told, hint] = stderr.split('\n')
    expect({ code, stdout, told }).toEqual({ code: 1, stdout: '', told: `error: ${config} ${complaint}` })
    hints.push(hint!)
    expect(existsSync(config) ? readFileSync(config, 'utf8') : undefined).toBe(text)
  }
  const serve = await machine.run('serve', '--name', '5000', '--port', String(await freePort()), '--json')
  expect(JSON.parse(serve.stderr)).toMatchObject({ error: { code: 'settings-damaged' } })
  await writeFile(config, before)
  expect(await machine.json('status')).toMatchObject({ length: 2, pending: 1, identity: JSON.parse(before).identity })

  // What each of them says to write can be written, and is another identity each time.
  const repaired = hints.map((hint) => /without one, write (\{"identity": "([0-9a-f]{32})"\}) into it/.exec(hint))
  expect(new Set(repaired.map((found) => found?.[2])).size).toBe(hints.length)
  const [, text, identity] = repaired[0]!
  await writeFile(config, text!)
  const status = await machine.run('status')
  expect(status.stderr).toBe('node 5000 of network tutorial, not running: opened for this command\n')
  expect(status.stdout).toContain(identity)
})

test('a config.json of which the identity alone is left is repaired', async () => {
  const machine = await machineWithChain()
  const config = join(home(machine), 'config.json')
  const { identity } = JSON.parse(readFileSync(config, 'utf8'))
  await writeFile(config, JSON.stringify({ identity }))
  expect(await machine.json('status')).toMatchObject({ length: 2, identity })
  await rm(join(home(machine), 'chain'), { recursive: true })
  expect(await machine.run('status')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the store is damaged'),
  })
})

test('which node was used last is no loss', async () => {
  const machine = await machineWithChain()
  for (const text of ['{', 'null', '[]', '{"lastHome": 5}', '{"lastHome": {"network": "tutorial", "name": "../up"}}']) {
    await writeFile(join(machine.data, 'config.json'), text)
    const { code, stderr } = await machine.run('status')
    expect(code).toBe(0)
    expect(stderr).toMatch(/(^|\n)node 5000 of network tutorial, not running: opened for this command\n$/)
  }
  await machine.json('mine', '--name', 'alice')
  expect((await machine.run('status')).stderr).toMatch(/^node alice /)
})
