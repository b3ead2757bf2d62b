import { describe, expect, test } from 'vitest'
import { PeerBook } from '../../../src/peers/peer-book.js'
import { STORES } from '../../support/stores.js'

describe.each(STORES)('the registered peers in a %s', (_name, open) => {
  test('are sorted, each once, and still there after opening again', async () => {
    const store = await open()
    const book = await PeerBook.open(store)
    expect(book.addresses).toEqual([])
    expect(await book.add(['b:2', 'a:1', 'b:2'])).toBe(true)
    expect(await book.add(['a:1', '[::1]:5000'])).toBe(true)
    expect(book.addresses).toEqual(['[::1]:5000', 'a:1', 'b:2'])
    expect((await PeerBook.open(store)).addresses).toEqual(['[::1]:5000', 'a:1', 'b:2'])
  })

  test('can be removed', async () => {
    const store = await open()
    const book = await PeerBook.open(store)
    await book.add(['a:1', 'b:2'])
    expect(await book.remove('c:3')).toBe(false)
    expect(await book.remove('a:1')).toBe(true)
    expect(book.addresses).toEqual(['b:2'])
    expect((await PeerBook.open(store)).addresses).toEqual(['b:2'])
  })

  test('are at most 64: of a list that is too long none is added', async () => {
    const book = await PeerBook.open(await open())
    const many = Array.from({ length: 64 }, (_, i) => `host${i}:1`)
    expect(await book.add([...many, 'one:more'])).toBe(false)
    expect(book.addresses).toEqual([])
    expect(await book.add([...many, ...many])).toBe(true)
    expect(await book.add(['host3:1'])).toBe(true)
    expect(await book.add(['one:more'])).toBe(false)
    expect(book.addresses).toHaveLength(64)
  })
})
