import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { fileNamed, logNumbers } from './leveldb-files/folder.js'
import { readLog } from './leveldb-files/log.js'
import { countOfBatch } from './write-count.js'

/**
 * Takes a write that failed out of the logs of a folder that is closed. It may have reached them all the same: where only the waiting
 * for the disk failed, or where LevelDB wrote the rest of it when it closed the file. Whoever wrote it was told that it had failed, has
 * gone on from there, and may write it again.
 * @param acknowledged the last write that did not fail
 */
export function takeBackFailedWrite(folder: string, acknowledged: number): void {
  for (const number of logNumbers(folder)) {
    const file = fileNamed(folder, number, 'log')
    for (const { at, record } of readLog(readFileSync(file))) {
      const count = record && countOfBatch(record)
      if (count === undefined || count <= acknowledged) continue
      cutOff(file, at)
      return
    }
  }
}

function cutOff(file: string, at: number): void {
  const descriptor = openSync(file, 'r+')
  try {
    ftruncateSync(descriptor, at)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
