import { statSync } from 'node:fs'
import { openInput } from './open-input.js'
import { type Terminal, UsageError, whyOfFile } from './terminal.js'

/** What is read whole is small; what is larger, or has no end, is another file than was meant. */
const MOST_BYTES = 1024 * 1024

/** What a small file holds that a person has named; `-` is stdin, to its end. @throws UsageError */
export async function readInput(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    // Not with one read: what is written into a pipe may come later than we look.
    for await (const chunk of openInput(file)) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MOST_BYTES) break
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : whyOfFile(error as NodeJS.ErrnoException)
    throw new UsageError(`${file} cannot be read: ${why}`, 'name one that is there, or - for what is piped in')
  }
  if (bytes <= MOST_BYTES) return Buffer.concat(chunks)
  throw new UsageError(`${nameOf(file)} is larger than 1 MiB`, 'look whether it is the one that you mean')
}

function nameOf(file: string): string {
  return file === '-' ? 'what is piped in' : file
}

/** The same as text. @throws UsageError where it is no UTF-8 */
export async function readText(file: string): Promise<string> {
  return textOf(await readInput(file), file)
}

/** What is a secret, as text; others who may read its file are warned of. @throws UsageError */
export async function readSecret(terminal: Terminal, file: string): Promise<string> {
  const text = await readText(file)
  if (process.platform !== 'win32' && file !== '-' && isOpenToOthers(file)) {
    terminal.warn(`others of this machine may read ${file}: chmod 600 ${file}`)
  }
  return text
}

/** A device, or a pipe, is nothing that a secret lies in. */
function isOpenToOthers(file: string): boolean {
  const stats = statSync(file)
  return stats.isFile() && (stats.mode & 0o077) !== 0
}

/** Without the mark of byte order that some editors write. */
function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // Whatever stood in the place of the wrong bytes would be another text, and the same for many of them.
    throw new UsageError(`${nameOf(file)} is not UTF-8`, 'save it as UTF-8')
  }
}
