import type { LookupAddress } from 'node:dns'
import { expect, test } from 'vitest'
import { NameLookup } from '../../../src/peers/name-lookup.js'

const FOUND: LookupAddress[] = [
  { address: '192.0.2.1', family: 4 },
  { address: '2001:db8::1', family: 6 },
]

/** A lookup whose answers the test gives. */
function open() {
  const asked: { name: string; find: (found: LookupAddress[]) => void; fail: (error: Error) => void }[] = []
  let now = 0
  const names = new NameLookup(
    (name) => new Promise((find, fail) => asked.push({ name, find, fail })),
    () => now,
  )
  const look = (name: string, all = true): Promise<unknown> =>
    new Promise((resolve, reject) => {
      names.lookup(name, { all }, (error, address, family) => {
        if (error === null) resolve(all ? address : [address, family])
        else reject(error)
      })
    })
  return { asked, look, wait: (ms: number) => (now += ms) }
}

test('all addresses of a name, or its first one with the family', async () => {
  const { asked, look } = open()
  const [all, one] = [look('a.example'), look('b.example', false)]
  for (const { find } of asked) find(FOUND)
  expect(await all).toEqual(FOUND)
  expect(await one).toEqual(['192.0.2.1', 4])
})

test('who asks for a name that is being looked up shares that; afterwards it is looked up anew', async () => {
  const { asked, look } = open()
  const shared = [look('slow.example'), look('slow.example'), look('other.example')]
  expect(asked.map(({ name }) => name)).toEqual(['slow.example', 'other.example'])
  for (const { find } of asked) find(FOUND)
  expect(await Promise.all(shared)).toEqual([FOUND, FOUND, FOUND])
  look('slow.example')
  expect(asked).toHaveLength(3)
})

test('a name that was not found is not looked up for a minute', async () => {
  const { asked, look, wait } = open()
  const gone = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  const first = look('gone.example')
  asked[0]!.fail(gone)
  await expect(first).rejects.toBe(gone)
  wait(59_999)
  await expect(look('gone.example')).rejects.toBe(gone)
  expect(asked).toHaveLength(1)
  wait(1)
  const again = look('gone.example')
  asked[1]!.find(FOUND)
  expect(await again).toEqual(FOUND)
})

test.each(['localhost', 'localhost.', 'node.localhost'])('%s is this machine, and nobody is asked', async (name) => {
  const { asked, look } = open()
  expect(await look(name)).toEqual([
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ])
  expect(asked).toEqual([])
})
