import { cp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { utf8 } from '../../../src/primitives/bytes.js'
import { StoreDamaged, StoreUnwritable } from '../../../src/primitives/errors.js'
import { LevelDbStore } from '../../../src/storage/leveldb-store.js'
import { list, text } from '../../support/store-texts.js'
import { temporaryFolder } from '../../support/stores.js'

/** A write whose error is reported though it reached the log: the disk failed behind the writing, not in it. */

test('it is taken back: whoever wrote it was told that it had failed, and may write it again', async () => {
  const folder = await temporaryFolder()
  const store = await LevelDbStore.open(folder, { create: true })
  await writeSynced(store, 'a=1')
  await writeAndReportFailure(store, 'b=2')
  expect(await list(store)).toEqual(['a=1', 'b=2'])
  await writeSynced(store, 'c=3')
  expect(await list(store)).toEqual(['a=1', 'c=3'])
  await store.close()
  expect(await contentsOf(folder)).toEqual(['a=1', 'c=3'])
})

test('it is taken back when the store is closed before it is written to again', async () => {
  const folder = await temporaryFolder()
  const store = await LevelDbStore.open(folder, { create: true })
  await writeSynced(store, 'a=1')
  await writeAndReportFailure(store, 'b=2')
  await store.close()
  expect(await contentsOf(folder)).toEqual(['a=1'])
})

test('where the process ends before that, the truth is on the disk: it is there, whole, and the store goes on from it', async () => {
  const folder = await temporaryFolder()
  const store = await LevelDbStore.open(folder, { create: true })
  await writeSynced(store, 'a=1')
  await writeAndReportFailure(store, 'b=2')
  const left = await temporaryFolder()
  await cp(folder, left, { recursive: true })
  await cp(`${folder}.acknowledged`, `${left}.acknowledged`)
  await store.close()
  const again = await LevelDbStore.open(left, { create: false })
  expect(await list(again)).toEqual(['a=1', 'b=2'])
  await writeSynced(again, 'c=3')
  await again.close()
  expect(await contentsOf(left)).toEqual(['a=1', 'b=2', 'c=3'])
})

test('reads wait while the folder is opened anew, and those that have begun come to their end', async () => {
  const store = await LevelDbStore.open(await temporaryFolder(), { create: true })
  await writeSynced(store, 'a=1')
  await writeAndReportFailure(store, 'b=2')
  const snapshot = store.snapshot()
  const writing = writeSynced(store, 'c=3')
  const reading = Promise.all([store.get(utf8('a')), list(store), store.getMany([utf8('a')])])
  // The folder is not closed while this is read.
  expect(await list(snapshot)).toEqual(['a=1', 'b=2'])
  await snapshot.close()
  await writing
  const [value, all] = await reading
  expect(text(value)).toBe('1')
  expect(all[0]).toBe('a=1')
  expect(await list(store)).toEqual(['a=1', 'c=3'])
  await store.close()
})

test('where the folder cannot be opened anew, reads are refused until it can; a snapshot that nobody reads harms nobody', async () => {
  const folder = await temporaryFolder()
  const store = await LevelDbStore.open(folder, { create: true })
  await writeSynced(store, 'a=1')
  await writeAndReportFailure(store, 'b=2')
  const current = join(folder, 'CURRENT')
  await rename(current, `${current}.away`)
  await expect(writeSynced(store, 'c=3')).rejects.toThrow(StoreDamaged)

  const [read, unread] = [store.snapshot(), store.snapshot()]
  await unread.close()
  await expect(read.get(utf8('a'))).rejects.toThrow(StoreUnwritable)
  await expect(list(read)).rejects.toThrow(StoreUnwritable)
  await read.close()
  await expect(store.get(utf8('a'))).rejects.toThrow(StoreUnwritable)

  await rename(`${current}.away`, current)
  await writeSynced(store, 'd=4')
  expect(await list(store)).toEqual(['a=1', 'd=4'])
  await store.close()
})

describe('what was spoiled meanwhile', () => {
  let folder: string
  let store: LevelDbStore
  /** The value of `t` lies in a table, those of `a` and `b` in the log. */
  beforeEach(async () => {
    folder = await temporaryFolder()
    const before = await LevelDbStore.open(folder, { create: true })
    await writeSynced(before, 't=in a table')
    await before.close()
    store = await LevelDbStore.open(folder, { create: false })
    onTestFinished(() => store.close())
    await writeSynced(store, 'a=in the log')
    await writeSynced(store, 'b=behind it')
    await writeAndReportFailure(store, 'c=3')
  })

  async function fileOf(kind: string): Promise<string> {
    return join(folder, (await readdir(folder)).find((name) => name.endsWith(kind))!)
  }

  async function flip(kind: string, value: string): Promise<void> {
    const file = await fileOf(kind)
    const bytes = await readFile(file)
    bytes[bytes.indexOf(value)]! ^= 1
    await writeFile(file, bytes)
  }

  test('in a table keeps nobody from writing, as no table is read for that, and is named by whoever reads it', async () => {
    await flip('.ldb', 'in a table')
    await writeSynced(store, 'd=4')
    expect(text(await store.get(utf8('a')))).toBe('in the log')
    await expect(store.get(utf8('t'))).rejects.toThrow('the checksum of record t is wrong')
  })

  test('in the log is named, also where it is what the log begins with', async () => {
    await flip('.log', 'in the log')
    await expect(writeSynced(store, 'd=4')).rejects.toThrow('is damaged at byte 0')
  })

  test('at the end of the log is named by what is missing then', async () => {
    await flip('.log', 'behind it')
    await expect(writeSynced(store, 'd=4')).rejects.toThrow(StoreDamaged)
  })

  test('a table that is gone or cut off is named', async () => {
    const table = await fileOf('.ldb')
    const bytes = await readFile(table)
    await truncate(table, bytes.length - 1)
    await expect(writeSynced(store, 'd=4')).rejects.toThrow(`has ${bytes.length - 1} bytes instead of ${bytes.length}`)
    await rm(table)
    await expect(writeSynced(store, 'd=4')).rejects.toThrow(`${table} is missing`)
    await writeFile(table, bytes)
    await writeSynced(store, 'd=4')
    expect(await list(store)).toEqual(['a=in the log', 'b=behind it', 'd=4', 't=in a table'])
  })
})

test('the first write of a log that failed and got nowhere is no damage', async () => {
  const folder = await temporaryFolder()
  const before = await LevelDbStore.open(folder, { create: true })
  await writeSynced(before, 'a=1')
  await before.close()
  const store = await LevelDbStore.open(folder, { create: false })
  await writeAndReportFailure(store, 'b=a value of some length')
  const log = join(folder, (await readdir(folder)).find((name) => name.endsWith('.log'))!)
  await truncate(log, (await stat(log)).size - 10)
  await writeSynced(store, 'c=3')
  expect(await list(store)).toEqual(['a=1', 'c=3'])
  await store.close()
})

async function writeSynced(store: LevelDbStore, change: string): Promise<void> {
  const [key, value] = change.split('=') as [string, string]
  await store.write([{ key: utf8(key), value: utf8(value) }], { sync: true })
}

/** Has LevelDB say that a batch failed after it wrote it. */
async function writeAndReportFailure(store: LevelDbStore, change: string): Promise<void> {
  const { level } = store as unknown as { level: { batch(): { write(options: object): Promise<void> } } }
  const batch = level.batch.bind(level)
  const failing = vi.spyOn(level, 'batch').mockImplementationOnce(() => {
    const made = batch()
    const write = made.write.bind(made)
    made.write = async (options) => {
      await write(options)
      throw new Error('IO error: 000003.log: Input/output error')
    }
    return made
  })
  await expect(writeSynced(store, change)).rejects.toThrow(StoreUnwritable)
  failing.mockRestore()
}

async function contentsOf(folder: string): Promise<string[]> {
  const store = await LevelDbStore.open(folder, { create: false })
  return list(store).finally(() => store.close())
}
