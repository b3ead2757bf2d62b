import { expect, test } from 'vitest'
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
