import { type ChildProcess, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Transactions of a block, the reward among them. */
export const TRANSACTIONS = 3

export const CHAIN = fileURLToPath(new URL('../../bin/chain.js', import.meta.url))

/** A file beside this one. */
export function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

/**
 * A file with the answer to `GET /chain` of a node with so many blocks. Kept from run to run in the system's temporary
 * folder: to find the article's 108 proofs takes Python ten seconds.
 */
export function chainAnswer(blocks: number, form: 'compact' | 'indented' | 'shuffled' = 'compact'): string {
  const script = beside('make_chain.py')
  const version = createHash('sha256').update(readFileSync(script)).digest('hex').slice(0, 8)
  const folder = join(tmpdir(), 'chain-bench')
  const file = join(folder, `${blocks}-blocks-${TRANSACTIONS}-${form}-${version}.json`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  say(`making ${file}`)
  const part = `${file}.${process.pid}`
  const flags = ['--blocks', blocks, '--transactions', TRANSACTIONS - 1, '--form', form, '--out', part]
  execFileSync('python3', [script, ...flags.map(String)])
  renameSync(part, file)
  return file
}

/** What is under way, beside the results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

const cleanups: (() => void)[] = []
process.once('exit', () => cleanups.forEach((cleanup) => void cleanup()))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** A folder that is removed in the end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chain-bench-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Ends a process together with this one, however this one ends. */
export function endWithUs(child: ChildProcess): void {
  cleanups.push(() => void child.kill('SIGKILL'))
}
