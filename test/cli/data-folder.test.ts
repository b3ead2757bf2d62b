import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { answer, listen } from '../support/peer-server.js'
import { notTested } from '../support/rights.js'

/** Where nothing can be kept, commands end, and say why. */

/** A folder in which nothing can be made, by anybody; one with no rights; a file; and what would lie in a file. */
const PLACES = ['/proc/x', '/proc/x/y', '/sys/x', '/dev/null', '/dev/null/x']

test.each(PLACES)('--data-dir %s: exit 1, and what is wrong with it', async (place) => {
  const machine = await Machine.create()
  for (const args of [['status'], ['serve', '--port', String(await freePort())]]) {
    const { code, stdout, stderr } = await machine.run(...args, '--data-dir', place)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: \/\S+ cannot be used: [a-z ,]+\ntry: .*--data-dir\n$/)
  }
})

test('the same for what is kept for a plain Python node', async () => {
  const machine = await Machine.create()
  const address = await listen((socket) => socket.end(answer('', { status: '404 Not Found' })))
  const send = ['send', '--to', 'bob', '--amount', '1', '--node', address]
  const { code, stderr } = await machine.run(...send, '--data-dir', '/proc/x')
  expect(code).toBe(1)
  expect(stderr).toContain('error: /proc/x cannot be used: nothing can be made there\n')
})

test('a file where the folder is to be is left alone', async () => {
  const machine = await Machine.create()
  const file = `${machine.data}-file`
  await writeFile(file, 'mine')
  const { code, stderr } = await machine.run('status', '--data-dir', file)
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `error: ${file} cannot be used: it is no folder, or lies in none\ntry: check the folder and your rights to it, or take another with --data-dir\n`,
  })
})

test.each([
  ['a relative $XDG_DATA_HOME', { XDG_DATA_HOME: 'here', HOME: '/somewhere' }, '/somewhere/.local/share'],
  ['no $XDG_DATA_HOME', { XDG_DATA_HOME: undefined, HOME: '/somewhere' }, '/somewhere/.local/share'],
  ['an empty $HOME', { HOME: '', XDG_DATA_HOME: undefined }, `${userInfo().homedir}/.local/share`],
])('%s: what nodes have lies in the home folder, wherever the command is started', async (_what, env, folder) => {
  const machine = await Machine.create()
  const { stdout } = await machine.startShell('cd "$TMPDIR" && "$NODE" "$CHAIN" config path', {
    CHAIN_DATA: undefined,
    TMPDIR: dirname(machine.data),
    ...env,
  }).ended
  expect(stdout).toBe(`${folder}/chain/config.json\n`)
})

test('a folder whose name is no UTF-8 is refused: it would be another one that is made', async () => {
  const machine = await Machine.create()
  const { code, stderr } = await machine.startShell('"$NODE" "$CHAIN" status --data-dir "$(printf "/tmp/x\\377")"')
    .ended
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: .*UTF-8.*\n/)
})

const HOMELESS = 'a user without a home folder is told to name one: exit 2'
if (process.getuid?.() !== 0) notTested(HOMELESS, 'only root can be somebody else')
else
  test(HOMELESS, async () => {
    const machine = await Machine.create()
    const env = { CHAIN_DATA: undefined, XDG_DATA_HOME: undefined, HOME: '' }
    const { code, stderr } = await machine.startShell('setpriv --reuid=54321 "$NODE" "$CHAIN" config path', env).ended
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: you have no home folder in which nodes could be kept\ntry: name a folder with --data-dir\n',
    })
  })
