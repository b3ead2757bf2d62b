import { chmodSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Machine, type Outcome } from '../support/cli.js'
import { freePort } from '../support/free-port.js'

/** Folders to which a user's rights do not go. */

test('a home that may not be written to is named, exit 1, and works again when it may', async () => {
  const machine = await Machine.create()
  await machine.json('mine')
  const status = await machine.json('status')
  const home = join(machine.data, 'tutorial', '5000')
  setWritable(home, false)
  onTestFinished(() => setWritable(home, true))
  for (const command of [
    'status',
    'mine',
    'send --to bob --amount 1',
    `serve --name 5000 --port ${await freePort()}`,
  ]) {
    const { code, stdout, stderr } = await runBoundByRights(machine, command)
    expect([command, code, stdout]).toEqual([command, 1, ''])
    expect(stderr).toMatch(/^error: .*tutorial\/5000.*(you have no rights to it|may not be written to)/m)
    expect(stderr).toMatch(/^try: .*rights/m)
  }
  setWritable(home, true)
  expect(await machine.json('status')).toEqual(status)
})

test('a data folder may lie where nothing may be listed', async () => {
  const machine = await Machine.create()
  const above = dirname(machine.data)
  chmodSync(above, 0o300)
  onTestFinished(() => chmodSync(above, 0o700))
  expect(await runBoundByRights(machine, 'mine')).toMatchObject({ code: 0 })
  expect(await machine.json('status')).toMatchObject({ length: 2 })
})

test('a setting that cannot be written: the file is named, and not the one it is written to first', async () => {
  const machine = await Machine.create()
  await machine.run('config', 'set', 'limit', '5')
  setWritable(machine.data, false)
  onTestFinished(() => setWritable(machine.data, true))
  const { code, stderr } = await runBoundByRights(machine, 'config set limit 6')
  expect(code).toBe(1)
  expect(stderr).toContain(`error: ${machine.data}/config.json cannot be used: you have no rights to it\n`)
})

/** Root has rights that override those of folders, and can do without. */
function runBoundByRights(machine: Machine, command: string): Promise<Outcome> {
  const before = process.getuid?.() === 0 ? 'setpriv --bounding-set=-dac_override,-dac_read_search' : ''
  return machine.startShell(`${before} "$NODE" "$CHAIN" ${command}`).ended
}

function setWritable(folder: string, isWritable: boolean): void {
  for (const name of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    const path = join(folder, name)
    const { mode } = statSync(path)
    chmodSync(path, isWritable ? mode | 0o200 : mode & ~0o222)
  }
}
