import { expect, test } from 'vitest'
import type { IdentifiedEvent } from '../../../src/api/node-api.js'
import { EventLog } from '../../../src/node/event-log.js'

const added = (peer: string) => ({ type: 'peer', peer, change: 'added' }) as const
const mining = (hashes: number) =>
  ({ type: 'mining', progress: { hashes, expectedHashes: 65_536, elapsedMs: 1 } }) as const

/** Takes so many events. */
async function take(events: AsyncIterator<IdentifiedEvent>, count: number): Promise<IdentifiedEvent[]> {
  const taken: IdentifiedEvent[] = []
  while (taken.length < count) {
    const { value, done } = await events.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

test('who follows hears what happens from then on, in order, behind a word that he is heard', async () => {
  const log = new EventLog('run')
  log.publish(added('before:1'))
  const following = log.follow()
  expect(await take(following, 1)).toEqual([{ id: 'run-1', event: { type: 'listening' } }])
  const next = following.next()
  log.publish(added('a:1'))
  log.publish(added('b:1'))
  expect((await next).value).toEqual({ id: 'run-2', event: added('a:1') })
  expect(await take(following, 1)).toEqual([{ id: 'run-3', event: added('b:1') }])
})

test('of progress the last of each kind is told, in the order in which it came', async () => {
  const log = new EventLog('run')
  const following = log.follow()
  await take(following, 1)
  const syncing = (blocks: number) => ({ type: 'syncing', progress: { blocks, total: 9 } }) as const
  for (const event of [mining(1), syncing(1), syncing(2), mining(2), syncing(3)]) log.publishProgress(event)
  expect(await take(following, 2)).toEqual([mining(2), syncing(3)].map((event) => ({ id: undefined, event })))
  const next = following.next()
  log.publishProgress(mining(3))
  expect((await next).value).toEqual({ id: undefined, event: mining(3) })
})

test('who comes back with the last id that he had misses nothing and hears nothing twice', async () => {
  const log = new EventLog('run')
  for (let i = 1; i <= 5; i++) log.publish(added(`peer${i}:1`))
  const heard = await take(log.follow({ after: 'run-3' }), 3)
  expect(heard.map(({ id }) => id)).toEqual(['run-3', 'run-4', 'run-5'])
  expect(heard.map(({ event }) => event.type)).toEqual(['listening', 'peer', 'peer'])
})

test.each(['other-3', 'run-6', 'run-', '3', 'run-99999999999999999999'])(
  'the id %s is of no event of this run: he is told that he may have missed some',
  async (after) => {
    const log = new EventLog('run')
    for (let i = 1; i <= 5; i++) log.publish(added(`peer${i}:1`))
    expect(await take(log.follow({ after }), 1)).toEqual([{ id: 'run-5', event: { type: 'missed' } }])
  },
)

test('of many events the last thousand at least are kept: who is further behind is told so and goes on with those', async () => {
  const log = new EventLog('run')
  const following = log.follow()
  await take(following, 1)
  for (let i = 1; i <= 5_000; i++) log.publish(added(`peer${i}:1`))
  const [missed, first] = await take(following, 2)
  expect(missed!.event).toEqual({ type: 'missed' })
  const number = Number(missed!.id!.slice('run-'.length))
  expect(number).toBeLessThanOrEqual(4_000)
  expect(number).toBeGreaterThanOrEqual(3_000)
  expect(first).toEqual({ id: `run-${number + 1}`, event: added(`peer${number + 1}:1`) })
  const rest = await take(following, 4_999 - number)
  expect(rest.at(-1)).toEqual({ id: 'run-5000', event: added('peer5000:1') })
})

test('of the progress of a search only the last word is told, without an id, and not to those who come later', async () => {
  const log = new EventLog('run')
  const following = log.follow()
  await take(following, 1)
  log.publishProgress(mining(1))
  log.publishProgress(mining(2))
  log.publish(added('a:1'))
  expect(await take(following, 2)).toEqual([
    { id: 'run-1', event: added('a:1') },
    { id: undefined, event: mining(2) },
  ])
  const later = log.follow()
  await take(later, 1)
  log.publish(added('b:1'))
  expect(await take(later, 1)).toEqual([{ id: 'run-2', event: added('b:1') }])
})

test('a following ends when the log is closed, behind what there was, and when its signal is aborted', async () => {
  const log = new EventLog('run')
  const stop = new AbortController()
  const [stopped, closed] = [log.follow({ signal: stop.signal }), log.follow()]
  await Promise.all([take(stopped, 1), take(closed, 1)])
  const next = stopped.next()
  stop.abort()
  expect((await next).done).toBe(true)
  log.publish(added('a:1'))
  log.close()
  expect(await take(closed, 2)).toEqual([{ id: 'run-1', event: added('a:1') }])
})

test('large events make room sooner: who comes back for them is told that he missed some, and the last one is there', async () => {
  const log = new EventLog('run')
  const megabyte = 1024 * 1024
  for (let i = 1; i <= 10; i++) log.publish(added(`peer${i}:1`), megabyte)
  expect((await take(log.follow({ after: 'run-1' }), 6)).map(({ id, event }) => [id, event.type])).toEqual([
    ['run-1', 'listening'],
    ['run-6', 'missed'],
    ...[7, 8, 9, 10].map((i) => [`run-${i}`, 'peer']),
  ])
  log.publish(added('larger:1'), 9 * megabyte)
  expect((await take(log.follow({ after: 'run-10' }), 2)).at(-1)).toEqual({ id: 'run-11', event: added('larger:1') })
  log.publish(added('small:1'))
  expect((await take(log.follow({ after: 'run-10' }), 2)).map(({ event }) => event.type)).toEqual([
    'listening',
    'missed',
  ])
})
