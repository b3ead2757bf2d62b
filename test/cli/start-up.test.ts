import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { LevelDbStore } from '../../src/storage/leveldb-store.js'
import { Machine, type Outcome } from '../support/cli.js'
import { freePort } from '../support/free-port.js'

/** A signal that comes while a command begins: it ends without a stack, and what it began can be gone on with. */

const COMMANDS: readonly (readonly [name: string, args: (port: string) => string[]])[] = [
  ['serve', (port) => ['serve', '--port', port]],
  ['mine', (port) => ['mine', '--count', '1000000', '--port', port]],
]

/** What there is of a home, in the order in which it comes about. */
const MOMENTS = ['.', 'chain/LOCK', 'chain.acknowledged', 'config.json', 'running.json']

function expectEnded({ code, stderr }: Outcome): void {
  // `serve` may have got so far that it stops as it does later on.
  expect([0, 130]).toContain(code)
  expect(stderr).not.toMatch(/^ {4}at |Error/m)
}

for (const [name, args] of COMMANDS) {
  test.each(MOMENTS)(`SIGINT when ${name} has made %s of its home`, async (file) => {
    const machine = await Machine.create()
    const port = String(await freePort())
    const running = machine.start(args(port))
    const made = join(machine.data, 'tutorial', port, file)
    await expect.poll(() => existsSync(made), { interval: 1, timeout: 60_000 }).toBe(true)
    const ended = await running.stop()
    expectEnded(ended)
    const told = ended.stdout.match(/^✔ block/gm)?.length ?? 0
    // A command that came to store nothing leaves no home.
    const isThere = told > 0 || existsSync(join(machine.data, 'tutorial', port))
    const { length } = isThere ? await machine.json<{ length: number }>('status', '--port', port) : { length: 1 }
    expect(length).toBeGreaterThanOrEqual(1 + told)
    expect(await machine.json('mine', '--port', port)).toMatchObject({ height: length + 1 })
  })

  test(`SIGINT before ${name} has made anything`, async () => {
    const machine = await Machine.create()
    const { code, stderr } = await machine.start(args(String(await freePort()))).stop()
    // Node.js itself may not have got so far as to listen to signals: then it is ended by it, and a shell calls that 130.
    expect([null, 0, 130]).toContain(code)
    expect(stderr).not.toMatch(/^ {4}at |Error/m)
  })

  test(`SIGINT while ${name} waits for a home that another process holds: exit 130`, async () => {
    const machine = await Machine.create()
    const port = String(await freePort())
    const home = join(machine.data, 'tutorial', port)
    await mkdir(home, { recursive: true })
    const store = await LevelDbStore.open(join(home, 'chain'), { create: true })
    onTestFinished(() => store.close())
    const running = machine.start(args(port))
    await running.waitFor('stderr', /waiting for it/)
    expect(await running.stop()).toEqual({
      code: 130,
      stdout: '',
      stderr: `another process holds the node ${port}: waiting for it\n`,
    })
  })
}
