import { open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../src/primitives/bytes.js'
import { StoreDamaged, StoreLocked } from '../../../src/primitives/errors.js'
import { checkFiles } from '../../../src/storage/file-check.js'
import { LevelDbStore } from '../../../src/storage/leveldb-store.js'
import { ALL, list, text, write } from '../../support/store-texts.js'
import { openLevelDb, temporaryFolder } from '../../support/stores.js'

describe('LevelDbStore on the disk', () => {
  test('what was written is there after it is opened again', async () => {
    const folder = await temporaryFolder()
    const store = await LevelDbStore.open(folder, { create: true })
    await write(store, 'a=1')
    await store.close()
    const again = await LevelDbStore.open(folder, { create: false })
    expect(await list(again)).toEqual(['a=1'])
    await again.close()
  })

  test('StoreLocked: a folder is opened once at a time', async () => {
    const folder = await temporaryFolder()
    const store = await LevelDbStore.open(folder, { create: true })
    await expect(LevelDbStore.open(folder, { create: false })).rejects.toThrow(StoreLocked)
    await store.close()
  })

  test('StoreLocked: what is seen of files that another process is writing is no damage', async () => {
    const folder = await temporaryFolder()
    const store = await LevelDbStore.open(folder, { create: true })
    await write(store, 'a=1')
    await rm(join(folder, 'CURRENT'))
    await expect(LevelDbStore.open(folder, { create: false })).rejects.toThrow(StoreLocked)
    await store.close()
    // Looked at again, and nothing was made of it by looking.
    const files = await readdir(folder)
    await expect(LevelDbStore.open(folder, { create: false })).rejects.toThrow(StoreDamaged)
    expect(await readdir(folder)).toEqual(files)
  })

  test('StoreDamaged: a folder without its files is not taken for a new one', async () => {
    const folder = await temporaryFolder()
    await expect(LevelDbStore.open(folder, { create: false })).rejects.toThrow(StoreDamaged)
    const store = await LevelDbStore.open(folder, { create: true })
    await store.close()
    await rm(join(folder, 'CURRENT'))
    await expect(LevelDbStore.open(folder, { create: false })).rejects.toThrow('CURRENT is missing')
  })

  test('StoreDamaged: a byte of a value that is flipped while the store is open is named with its key', async () => {
    const folder = await temporaryFolder()
    const store = await LevelDbStore.open(folder, { create: true })
    await write(store, 'a=gold', 'b=quicksilver')
    await store.close()
    // Opening moves the log into a table; it is the table that stays, and that LevelDB reads without looking closely.
    const again = await LevelDbStore.open(folder, { create: false })
    await flipByteOf(folder, 'quicksilver')
    expect(text(await again.get(utf8('a')))).toBe('gold')
    await expect(again.get(utf8('b'))).rejects.toThrow('the checksum of record b is wrong')
    await expect(again.getMany([utf8('a'), utf8('b')])).rejects.toThrow(StoreDamaged)
    await expect(list(again)).rejects.toThrow(StoreDamaged)
    await again.close()
    await expect(LevelDbStore.open(folder, { create: false })).rejects.toThrow(
      'the checksum of the block at byte 0 is wrong',
    )
  })

  test('while the tables are checked at opening others get a turn after each', async () => {
    const folder = await temporaryFolder()
    // What one process wrote is a table when the next one opens the folder.
    for (const key of ['a', 'b', 'c']) {
      const store = await LevelDbStore.open(folder, { create: key === 'a' })
      await write(store, `${key}=1`)
      await store.close()
    }
    const tables = (await readdir(folder)).filter((name) => name.endsWith('.ldb'))
    expect(tables).toHaveLength(2)
    let [turns, isChecked] = [0, false]
    const checking = checkFiles(folder, 0).then(() => {
      isChecked = true
    })
    for (; !isChecked; turns++) await new Promise(setImmediate)
    await checking
    expect(turns).toBeGreaterThanOrEqual(tables.length)
  })

  test('a walk holds little at once: 128 entries, or the one with which they come to 64 KiB', async () => {
    const store = await openLevelDb()
    const pagesOf = async (bytes: number): Promise<number[]> => {
      const keys = Array.from({ length: 140 }, (_, i) => utf8(`k${1000 + i}`))
      await store.write(
        keys.map((key) => ({ key, value: new Uint8Array(bytes) })),
        { sync: false },
      )
      const lengths: number[] = []
      for await (const page of store.entries(ALL)) lengths.push(page.length)
      return lengths
    }
    expect(await pagesOf(10)).toEqual([128, 12])
    // A value has a checksum of 4 bytes, and its key has 5: with these the entry has 1 KiB.
    expect(await pagesOf(1024 - 9)).toEqual([65, 65, 10])
    expect(await pagesOf(100_000)).toEqual(Array(140).fill(1))
  })

  test('a value is not taken for that of another key', async () => {
    const store = await openLevelDb()
    await write(store, 'a=1')
    // A value that somebody moved: LevelDB itself has no objection.
    const level = (
      store as unknown as {
        level: { get(k: Uint8Array): Promise<Uint8Array>; put(k: Uint8Array, v: Uint8Array): Promise<void> }
      }
    ).level
    await level.put(utf8('b'), await level.get(utf8('a')))
    await expect(store.get(utf8('b'))).rejects.toThrow(StoreDamaged)
  })

  test('StoreDamaged: a flipped byte in the log, over which LevelDB itself would skip', async () => {
    const folder = await temporaryFolder()
    const store = await LevelDbStore.open(folder, { create: true })
    for (const change of ['a=first value', 'b=second value']) await writeSynced(store, change)
    await store.close()
    await flipByteOf(folder, 'first value', '.log')
    await expect(LevelDbStore.open(folder, { create: false })).rejects.toThrow('is damaged at byte')
  })

  test('StoreDamaged: an acknowledged write that is gone with the end of the log', async () => {
    const folder = await temporaryFolder()
    const store = await LevelDbStore.open(folder, { create: true })
    for (const change of ['a=first value', 'b=second value']) await writeSynced(store, change)
    await store.close()
    await flipByteOf(folder, 'second value', '.log')
    await expect(LevelDbStore.open(folder, { create: false })).rejects.toThrow('000003.log is damaged at byte')
  })

  async function writeSynced(store: LevelDbStore, change: string): Promise<void> {
    const [key, value] = change.split('=') as [string, string]
    await store.write([{ key: utf8(key), value: utf8(value) }], { sync: true })
  }

  /** Flips a bit of a text in the one file that holds it. */
  async function flipByteOf(folder: string, text: string, kind = '.ldb'): Promise<void> {
    for (const name of (await readdir(folder)).filter((file) => file.endsWith(kind))) {
      const bytes = await readFile(join(folder, name))
      const at = bytes.indexOf(text)
      if (at < 0) continue
      const file = await open(join(folder, name), 'r+')
      // In place: LevelDB may have the file mapped into its memory.
      await file.write(Uint8Array.of(bytes[at]! ^ 1), 0, 1, at)
      await file.close()
      return
    }
    throw new Error(`no file holds ${text}`)
  }
})
