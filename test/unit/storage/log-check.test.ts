import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { utf8 } from '../../../src/primitives/bytes.js'
import { StoreDamaged } from '../../../src/primitives/errors.js'
import { checkFilesAgain } from '../../../src/storage/file-check.js'
import { LevelDbStore } from '../../../src/storage/leveldb-store.js'
import { logFile, rewrite, writeWitness } from '../../support/store-files.js'
import { list } from '../../support/store-texts.js'
import { temporaryFolder } from '../../support/stores.js'

/** What a log may look like, and what it may not: LevelDB opens all of these. */

let folder: string
let log: string
beforeEach(async () => {
  folder = await temporaryFolder()
  // The first log of a new folder.
  log = join(folder, '000003.log')
})

/** Writes `0=`, `1=` …: those that are told to be, synced. @returns where each begins in the log, and where the last ends */
async function writeAll(...synced: boolean[]): Promise<number[]> {
  const store = await LevelDbStore.open(folder, { create: true })
  const ends = [0]
  for (const [i, sync] of synced.entries()) {
    await store.write([{ key: utf8(String(i)), value: utf8('') }], { sync })
    ends.push(statSync(log).size)
  }
  await store.close()
  return ends
}

function zero(from: number, to: number): void {
  writeFileSync(log, readFileSync(log).fill(0, from, to))
}

async function opened(): Promise<string[]> {
  const store = await LevelDbStore.open(folder, { create: false })
  return list(store).finally(() => store.close())
}

async function expectDamage(message: string): Promise<void> {
  const before = contents()
  const error = await opened().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StoreDamaged)
  expect((error as Error).message).toContain(message)
  expect(contents()).toEqual(before)
}

/** What there is to be read, in the folder and beside it. */
function contents(): Map<string, Buffer> {
  const files = readdirSync(folder).filter((name) => !/^(LOG|LOG.old|LOCK)$/.test(name))
  const paths = [...files.map((name) => join(folder, name)), `${folder}.acknowledged`]
  return new Map(paths.map((path) => [path, readFileSync(path)]))
}

describe('damage before a write that is whole', () => {
  test('is what a power failure leaves, where neither was synced', async () => {
    const ends = await writeAll(true, false, false, true)
    // The last write, synced or not, did not come to its end, and of the others the disk got one.
    zero(ends[1]!, ends[2]!)
    zero(ends[4]! - 10, ends[4]!)
    writeWitness(dirname(folder), 1)
    expect(await opened()).toEqual(['0='])
  })

  test('is named, where that was synced: the disk had the other, too', async () => {
    const ends = await writeAll(true, false, true)
    zero(ends[1]!, ends[2]!)
    await expectDamage(`000003.log is damaged at byte ${ends[1]}`)
  })
})

describe('the only write of a log, after others went into tables', () => {
  function flipBit(log: string): void {
    rewrite(log, (bytes) => {
      bytes[bytes.length >>> 1]! ^= 1
      return bytes
    })
  }

  async function writeAnother(): Promise<void> {
    await writeAll(true, true)
    const store = await LevelDbStore.open(folder, { create: false })
    await store.write([{ key: utf8('2'), value: utf8('') }], { sync: true })
    await store.close()
  }

  test('is damaged: that is named before LevelDB lets go of it', async () => {
    await writeAnother()
    const last = logFile(dirname(folder))
    flipBit(last)
    await expectDamage(`${last} is damaged at byte 0`)
  })

  test('is what a power failure leaves, where it was not acknowledged', async () => {
    await writeAnother()
    flipBit(logFile(dirname(folder)))
    writeWitness(dirname(folder), 2)
    expect(await opened()).toEqual(['0=', '1='])
  })

  test('is missing from its log', async () => {
    await writeAnother()
    const last = logFile(dirname(folder))
    rewrite(last, () => Buffer.alloc(0))
    await expectDamage(`${last} lacks the last 1 of the writes that were acknowledged`)
  })
})

describe('two logs, as there are for a moment when one is full', () => {
  /** Moves the writes from one on to a log of their own. */
  function split(at: number): string {
    const bytes = readFileSync(log)
    const next = join(folder, '000004.log')
    writeFileSync(log, bytes.subarray(0, at))
    writeFileSync(next, bytes.subarray(at))
    return next
  }

  test('are opened one after the other', async () => {
    const ends = await writeAll(true, true, true, true)
    split(ends[2]!)
    expect(await opened()).toEqual(['0=', '1=', '2=', '3='])
  })

  test('the older one is missing', async () => {
    const ends = await writeAll(true, true, true, true)
    split(ends[2]!)
    rmSync(log)
    await expectDamage('000003.log is missing')
  })

  test('the newer one is missing', async () => {
    const ends = await writeAll(true, true, true, true)
    rmSync(split(ends[2]!))
    await expectDamage('000003.log lacks the last 2 of the writes that were acknowledged')
  })

  test('the older one is cut off', async () => {
    const ends = await writeAll(true, true, true, true)
    split(ends[2]!)
    writeFileSync(log, readFileSync(log).subarray(0, ends[1]))
    await expectDamage('000004.log goes on with write 3, but the one before is 1')
  })

  test('all that the older one had is damaged', async () => {
    const ends = await writeAll(true, true, true)
    split(ends[1]!)
    zero(0, ends[1]!)
    await expectDamage('000003.log is damaged at byte 0')
    // Where what came before the logs is not looked at, too.
    expect(() => checkFilesAgain(folder, 3)).toThrow('000003.log is damaged at byte 0')
  })
})

test('a log from a later number than the manifest has is not taken for the one that is missing', async () => {
  await writeAll(true)
  renameSync(log, join(folder, '000009.log'))
  await expectDamage('000003.log is missing')
})
