import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Machine } from '../support/cli.js'

/** A reader that has seen enough is no error. */

test.each([
  ['chain chain --json', 'head -c 10', '{"blocks":'],
  ['chain chain --full --limit 1000', 'head -c 3', /^[0-9a-f]{3}$/],
  ['chain mine --count 3', 'head -n 1', /^✔ block 2 found: .*\n$/],
  ['chain --help', 'head -n 1', 'Usage: chain [options] [command]\n'],
])('%s | %s', async (command, head, seen) => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.shell(`{ ${command}; echo "ended with $?" >&2; } | ${head}`)
  expect(code).toBe(0)
  expect(stdout).toEqual(typeof seen === 'string' ? seen : expect.stringMatching(seen))
  expect(stderr).toMatch(/^(node 5000 of network tutorial, a new one: made for this command\n)?ended with 0\n$/)
})

test('a result longer than a pipe holds is not cut short', async () => {
  const machine = await Machine.create()
  const recipient = 'b'.repeat(100_000)
  expect((await machine.run('send', '--to', recipient, '--amount', '1')).code).toBe(0)
  const { stdout } = await machine.shell('chain pending --json | { read line; echo "$line"; }')
  expect(JSON.parse(stdout)).toMatchObject({ transactions: [{ recipient }] })
})

test('nor is one whose notes nobody reads', async () => {
  const machine = await Machine.create()
  const { stdout } = await machine.shell('chain status --json 2>&-; chain balance x 2>&1 >/dev/null | true; echo $?')
  expect(stdout).toMatch(/^\{"version":.*\}\n0\n$/)
})

/** A pipe into which nobody writes anything. */
function silentPipe(machine: Machine): string {
  mkdirSync(machine.data, { recursive: true })
  const pipe = join(machine.data, 'pipe')
  execFileSync('mkfifo', [pipe])
  return pipe
}

/** Opens a pipe to write into it, as soon as somebody has it open to read it. */
async function writerOf(pipe: string): Promise<number> {
  let descriptor: number | undefined
  const open = (): void => {
    descriptor ??= openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
  }
  await expect.poll(open).toBeUndefined()
  onTestFinished(() => closeSync(descriptor!))
  return descriptor!
}

test.each([
  ['import', 'PIPE'],
  ['wallet', 'sign', 'PIPE', '--network', 'dev'],
  ['tx', 'submit', 'PIPE', '--network', 'dev'],
  ['status', '--node', '127.0.0.1:1', '--token-file', 'PIPE'],
  ['wallet', 'new', '--network', 'dev', '--passphrase-file', 'PIPE'],
  ['wallet', 'restore', '--network', 'dev', '--words-file', 'PIPE'],
  ['wallet', 'restore', '--network', 'dev', '--keystore', 'PIPE'],
])('a pipe that stays silent keeps no command from ending: %s %s %s %s %s', async (...words) => {
  const machine = await Machine.create()
  const pipe = silentPipe(machine)
  const running = machine.start(words.map((word) => (word === 'PIPE' ? pipe : word)))
  await writerOf(pipe)
  expect(await running.stop('SIGTERM')).toMatchObject({ code: 130, stdout: '' })
})

test('nor does a silent stdin', async () => {
  const machine = await Machine.create()
  const running = machine.startShell(`exec "$NODE" "$CHAIN" import - <>'${silentPipe(machine)}'`)
  await running.waitFor('stderr', /made for this command/)
  expect(await running.stop('SIGINT')).toMatchObject({ code: 130, stdout: '' })
})
