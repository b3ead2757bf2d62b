import { constants, createReadStream, openSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'

const CHUNK_BYTES = 256 * 1024

/**
 * Opens a file that a person has named, or stdin where it is `-`, to be read as it comes.
 * @throws the system's error where it cannot be opened; one of reading ends the stream
 */
export function openInput(file: string): Readable {
  if (file === '-') return process.stdin
  const stats = statSync(file)
  if (!stats.isFIFO() && !stats.isCharacterDevice()) return createReadStream(file, { highWaterMark: CHUNK_BYTES })
  // An ordinary read of what has nothing to say yet keeps a thread, and with it the process, also when it is told to end.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  if (stats.isFIFO()) return new Socket({ fd: descriptor, readable: true, writable: false })
  if (isatty(descriptor)) return new ReadStream(descriptor)
  return createReadStream(file, { fd: descriptor, highWaterMark: CHUNK_BYTES })
}
