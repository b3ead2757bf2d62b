import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ChainStore } from '../../src/chain/store.js'
import { hexOf, textOf, utf8 } from '../../src/primitives/bytes.js'
import { MemoryStore } from '../../src/storage/memory-store.js'
import { ALL, list, range, text, write } from '../support/store-texts.js'
import { STORES } from '../support/stores.js'

describe.each(STORES)('%s is a ChainStore', (_name, open) => {
  let store: ChainStore
  beforeEach(async () => {
    store = await open()
  })

  test('get: what was written, undefined for what was not', async () => {
    await write(store, 'a=1', 'b=')
    expect(text(await store.get(utf8('a')))).toBe('1')
    expect(await store.get(utf8('b'))).toHaveLength(0)
    expect(await store.get(utf8('c'))).toBeUndefined()
  })

  test('getMany: in the order of the keys, also of none', async () => {
    await write(store, 'a=1', 'b=2')
    expect((await store.getMany(['b', 'x', 'a', 'b'].map(utf8))).map(text)).toEqual(['2', undefined, '1', '2'])
    expect(await store.getMany([])).toEqual([])
  })

  test('write: removes, replaces, and the last change of a key in a batch wins', async () => {
    await write(store, 'a=1', 'b=2', 'c=3')
    await write(store, 'a', 'b=20', 'd=4', 'd', 'e', 'e=5', 'not there')
    expect(await list(store)).toEqual(['b=20', 'c=3', 'e=5'])
    await write(store)
    expect(await list(store)).toHaveLength(3)
  })

  test('write: all or nothing, as any reader sees it', async () => {
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}`)
    const versions = [0, 1, 2].map((version) => keys.map((key) => `${key}=${version}`))
    await write(store, ...versions[0]!)
    const writing = write(store, ...versions[1]!).then(() => write(store, ...versions[2]!))
    const seen: number[] = []
    let isWritten = false
    void writing.then(() => {
      isWritten = true
    })
    do {
      const values = new Set((await store.getMany(keys.map(utf8))).map((value) => textOf(value!)))
      expect(values.size).toBe(1)
      seen.push(Number([...values][0]))
    } while (!isWritten)
    await writing
    expect(seen).toEqual([...seen].sort())
  })

  test('write: a batch that cannot be made leaves everything as it was', async () => {
    await write(store, 'a=1')
    const broken = [
      { key: utf8('a'), value: utf8('2') },
      { key: undefined as never, value: utf8('3') },
    ]
    await expect(store.write(broken, { sync: false })).rejects.toThrow()
    expect(await list(store)).toEqual(['a=1'])
    await write(store, 'b=2')
    expect(await list(store)).toEqual(['a=1', 'b=2'])
  })

  test('write: large batches and large values', async () => {
    const large = new Uint8Array(8 * 1024 * 1024).map((_, i) => i * 31)
    const many = Array.from({ length: 12_000 }, (_, i) => ({
      key: utf8(`m${String(i).padStart(5, '0')}`),
      value: utf8(String(i)),
    }))
    await store.write([...many, { key: utf8('z'), value: large }], { sync: true })
    expect(Buffer.compare((await store.get(utf8('z')))!, large)).toBe(0)
    const listed = await list(store, range('m', 'n'))
    expect(listed).toHaveLength(12_000)
    expect(listed[11_999]).toBe('m11999=11999')
  })

  test('entries: from is in the range, to is not', async () => {
    await write(store, 'a=1', 'b=2', 'c=3', 'd=4')
    expect(await list(store, range('b', 'd'))).toEqual(['b=2', 'c=3'])
    expect(await list(store, range('b', 'b'))).toEqual([])
    expect(await list(store, range('x', 'y'))).toEqual([])
  })

  test('entries: in the order of the bytes, a key before its continuations', async () => {
    for (const key of [[0x61, 0xff], [0x61], [0x61, 0x00], [0x80], [0x7f], [0x61, 0x61]]) {
      await store.write([{ key: Uint8Array.from(key), value: new Uint8Array(0) }], { sync: false })
    }
    const keys: string[] = []
    for await (const page of store.entries(ALL)) keys.push(...page.map(([key]) => hexOf(key)))
    expect(keys).toEqual(['61', '6100', '6161', '61ff', '7f', '80'])
  })

  test('entries: reverse and limit', async () => {
    await write(store, 'a=1', 'b=2', 'c=3', 'd=4')
    expect(await list(store, range('a', 'd'), { reverse: true })).toEqual(['c=3', 'b=2', 'a=1'])
    expect(await list(store, ALL, { limit: 2 })).toEqual(['a=1', 'b=2'])
    expect(await list(store, range('a', 'd'), { reverse: true, limit: 1 })).toEqual(['c=3'])
    expect(await list(store, ALL, { limit: 100 })).toHaveLength(4)
  })

  test('entries: a walk sees the store as it was when it began, and may be left early', async () => {
    await write(store, ...Array.from({ length: 5_000 }, (_, i) => `k${String(i).padStart(4, '0')}=old`))
    const walk = store.entries(ALL)[Symbol.asyncIterator]()
    const first = await walk.next()
    await write(store, 'k4999=new', 'k4998', 'k9999=new')
    const values = first.value!.map(([, value]: readonly [Uint8Array, Uint8Array]) => textOf(value))
    for (let next = await walk.next(); !next.done; next = await walk.next())
      values.push(...next.value.map(([, value]) => textOf(value)))
    expect(values).toEqual(new Array(5_000).fill('old'))
    for await (const _page of store.entries(ALL)) break
    expect(await list(store, range('k4998', 'kz'))).toEqual(['k4999=new', 'k9999=new'])
  })

  test('snapshot: stays as it was, whatever is written later', async () => {
    await write(store, 'a=1', 'b=2')
    const snapshot = store.snapshot()
    await write(store, 'a=10', 'b', 'c=3')
    expect(await list(snapshot)).toEqual(['a=1', 'b=2'])
    expect(await snapshot.get(utf8('c'))).toBeUndefined()
    expect((await snapshot.getMany([utf8('a'), utf8('b')])).map(text)).toEqual(['1', '2'])
    expect(await list(snapshot, range('a', 'z'), { reverse: true, limit: 1 })).toEqual(['b=2'])
    await snapshot.close()
    expect(await list(store)).toEqual(['a=10', 'c=3'])
  })

  test('values are not aliased: neither what is written nor what is read can change what is stored', async () => {
    const [key, value] = [utf8('a'), utf8('1')]
    await store.write([{ key, value }], { sync: false })
    key.fill(0)
    value.fill(0)
    const [read] = await store.getMany([utf8('a')])
    read!.fill(0)
    ;(await store.get(utf8('a')))!.fill(0)
    for await (const page of store.entries(ALL)) for (const [k, v] of page) k.fill(0) && v.fill(0)
    expect(await list(store)).toEqual(['a=1'])
  })

  test('random batches: the store equals a map', async () => {
    const key = fc.uint8Array({ min: 0x40, max: 0x43, minLength: 1, maxLength: 3 })
    const change = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined }) })
    const model = new Map<string, string>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(change),
        key,
        key,
        fc.boolean(),
        fc.nat({ max: 5 }),
        async (batch, from, to, reverse, limit) => {
          await store.write(
            batch.map(({ key, value }) => (value === undefined ? { key } : { key, value })),
            { sync: false },
          )
          for (const { key, value } of batch)
            value === undefined ? model.delete(hexOf(key)) : model.set(hexOf(key), hexOf(value))
          const found: string[] = []
          for await (const page of store.entries({ from, to }, { reverse, limit: limit + 1 })) {
            found.push(...page.map(([k, v]) => `${hexOf(k)}=${hexOf(v)}`))
          }
          const wanted = [...model].filter(([k]) => k >= hexOf(from) && k < hexOf(to)).sort()
          if (reverse) wanted.reverse()
          expect(found).toEqual(wanted.slice(0, limit + 1).map(([k, v]) => `${k}=${v}`))
        },
      ),
      { numRuns: 150 },
    )
  })
})

test('MemoryStore: a snapshot shares nothing with the store, nor a Buffer with what it was written from', async () => {
  const store = new MemoryStore()
  const buffer = Buffer.from('1')
  await store.write([{ key: utf8('a'), value: buffer }])
  buffer.fill(0)
  const snapshot = store.snapshot()
  ;(await snapshot.get(utf8('a')))!.fill(0)
  expect(await list(store)).toEqual(['a=1'])
  expect(await list(snapshot)).toEqual(['a=1'])
})
