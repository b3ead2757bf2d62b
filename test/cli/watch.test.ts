import { expect, test } from 'vitest'
import { Machine, type Running } from '../support/cli.js'
import { freePort } from '../support/free-port.js'
import { deadAddress } from '../support/peer-server.js'
import { KEY, Screen } from '../support/pty.js'

/** `chain watch` tells what happens on a node, one line an event, until Ctrl-C. */

interface Told {
  readonly id: string | null
  readonly event: { readonly type: string; readonly [key: string]: unknown }
}

function told({ stdout }: Running): Told['event'][] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Told['event'])
}

test('blocks, payments, peers, their answers and a chain that was replaced: a line each; Ctrl-C: 130', async () => {
  const [machine, other] = [await Machine.create(), await Machine.create()]
  const [node, peer] = [await machine.serve(), await other.serve()]
  await other.json('mine', '--port', String(peer.port))
  await other.json('mine', '--port', String(peer.port))
  const dead = await deadAddress()
  const screen = Screen.run(machine, ['watch'], { columns: 200 })
  await screen.next(/watching; Ctrl-C ends it\nto see something: chain mine --port \d+, in another terminal\n/)
  await machine.json('send', '--from', 'ann', '--to', '홍길동', '--amount', '2.50')
  await screen.next(/\d\d:\d\d:\d\d pending: ann pays 홍길동 2\.5, \w{12}…\n/)
  await machine.json('mine')
  await screen.next(/\d\d:\d\d:\d\d block 2 mined here, 2 transactions, \w{12}…\n/)
  await machine.json('peers', 'add', dead, peer.url)
  await screen.next(/peer 127\.0\.0\.1:\d+ added\n.*peer 127\.0\.0\.1:\d+ added\n/)
  await machine.json('resolve')
  await screen.waitFor(new RegExp(`peer ${dead} asked: unreachable, nobody listens there\n`))
  await screen.waitFor(new RegExp(`peer ${peer.address} asked: adopted, `))
  await screen.waitFor(
    new RegExp(`chain replaced by that of ${peer.address}: 2 blocks before, 3 now, 1 transaction pending again\n`),
  )
  // Who follows others asks every few seconds: what a peer says again is not told again.
  await machine.json('resolve')
  await screen.waitFor(new RegExp(`peer ${peer.address} asked: equal, `))
  await machine.json('resolve')
  await machine.json('peers', 'remove', dead)
  await screen.waitFor(new RegExp(`peer ${dead} removed\n`))
  expect(screen.text.match(/asked: (unreachable|equal)/g)).toHaveLength(2)
  screen.type(KEY.interrupt)
  expect(await screen.ended).toBe(130)
  await node.stop()
})

test('--json: one document a line, in the order of what happened; nothing else on stdout or stderr', async () => {
  const machine = await Machine.create()
  await machine.serve()
  const watching = machine.start(['watch', '--json'])
  await watching.waitFor('stdout', /"listening"/)
  await machine.json('send', '--from', 'ann', '--to', '\x1b[2J', '--amount', '1')
  await machine.json('mine')
  await watching.waitFor('stdout', /"type": ?"block"/)
  const { code, stdout, stderr } = await watching.stop()
  expect(code).toBe(130)
  expect(JSON.parse(stderr)).toEqual({ error: { code: 'interrupted', message: 'interrupted' } })
  expect(stdout).not.toContain('\x1b')
  const events = told(watching)
  const types = events.map(({ type }) => type).filter((type) => type !== 'mining')
  expect(types).toEqual(['listening', 'transaction', 'block'])
  expect(events.find(({ type }) => type === 'block')).toMatchObject({ height: 2, transactions: 2 })
})

test('a node that runs nowhere is watched all the same: what other commands do with it is told', async () => {
  const machine = await Machine.create()
  const watching = machine.start(['watch'])
  await watching.waitFor('stderr', /watching/)
  await machine.json('mine')
  await watching.waitFor('stdout', /block 2 mined here/)
  const { code } = await watching.stop()
  expect(code).toBe(130)
})

test('a node that goes away is waited for, which is said once, and told of again when it is back', async () => {
  const machine = await Machine.create()
  const port = String(await freePort())
  const first = await machine.serve('--port', port)
  const watching = machine.start(['watch', '--node', first.url])
  await watching.waitFor('stderr', /watching/)
  await machine.json('mine')
  await watching.waitFor('stdout', /block 2 mined here/)
  await first.stop()
  await watching.waitFor('stderr', /the node is gone; waiting for it to come back\n/)
  await machine.serve('--port', port)
  await watching.waitFor('stderr', /the node is back\n/)
  await machine.json('mine')
  await watching.waitFor('stdout', /block 3 mined here/)
  const { code, stderr } = await watching.stop()
  expect(code).toBe(130)
  expect(stderr.match(/is gone/g)).toHaveLength(1)
})

test('Ctrl-C ends it at once while it waits for a node', async () => {
  const machine = await Machine.create()
  const node = await machine.serve()
  const watching = machine.start(['watch', '--node', node.url])
  await watching.waitFor('stderr', /watching/)
  await node.stop()
  await watching.waitFor('stderr', /is gone/)
  expect((await watching.stop()).code).toBe(130)
})

test('a node that was never there is an error: exit 3', async () => {
  const machine = await Machine.create()
  const { code, stdout, stderr } = await machine.run('watch', '--node', await deadAddress())
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toMatch(/^error: /)
})

test('on a terminal the prompt after Ctrl-C begins a line of its own', async () => {
  const machine = await Machine.create()
  const screen = Screen.shell(machine, 'trap : INT; chain watch; echo "ended with $?"')
  await screen.next(/in another terminal\n/)
  screen.type(KEY.interrupt)
  await screen.next(/^\^C\nended with 130\n/)
})

test('what others wrote does not steer the terminal', async () => {
  const machine = await Machine.create()
  await machine.serve()
  const screen = Screen.run(machine, ['watch'], { columns: 200 })
  await screen.next(/watching/)
  await machine.json('send', '--from', 'ann', '--to', '\x1b[2J\x1b]0;owned\x07', '--amount', '1')
  await screen.next(/pending: ann pays \\u001b\[2J\\u001b\]0;owned\\u0007 1/)
  expect(screen.bytes).not.toContain('\x1b[2J')
  screen.type(KEY.interrupt)
  expect(await screen.ended).toBe(130)
})
