import { readFileSync, statSync } from 'node:fs'
import { type Terminal, UsageError, whyOfFile } from './terminal.js'

/** What a file holds that a person has named; `-` is stdin, to its end. @throws UsageError */
export async function readInput(file: string): Promise<Uint8Array> {
  try {
    if (file !== '-') return readFileSync(file)
    const chunks: Uint8Array[] = []
    // Not with one read: what is written into a pipe may come later than we look.
    for await (const chunk of process.stdin) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : whyOfFile(error as NodeJS.ErrnoException)
    throw new UsageError(`${file} cannot be read: ${why}`, 'name one that is there, or - for what is piped in')
  }
}

/** The same as text. @throws UsageError where it is no UTF-8 */
export async function readText(file: string): Promise<string> {
  return textOf(await readInput(file), file)
}

/** What is a secret, as text; others who may read its file are warned of. @throws UsageError */
export async function readSecret(terminal: Terminal, file: string): Promise<string> {
  const text = await readText(file)
  if (process.platform !== 'win32' && file !== '-' && (statSync(file).mode & 0o077) !== 0) {
    terminal.warn(`others of this machine may read ${file}: chmod 600 ${file}`)
  }
  return text
}

/** Without the mark of byte order that some editors write. */
function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // Whatever stood in the place of the wrong bytes would be another text, and the same for many of them.
    throw new UsageError(`${file === '-' ? 'what is piped in' : file} is not UTF-8`, 'save it as UTF-8')
  }
}
