import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { syncFolder } from './sync-folder.js'

/** The process that holds a home. */
export interface Runner {
  readonly pid: number
  /** The command that it carries out, such as `serve` or `mine`. */
  readonly command: string
  /** Whose node the home's is: who answers at the address with another identity is somebody else. */
  readonly identity: string
  /** Where the home is served; undefined while it is not yet, or no more. */
  readonly url: string | undefined
}

export interface HomeEntry {
  readonly network: string
  readonly name: string
  readonly folder: string
  /** Undefined while nobody holds it. */
  readonly runner: Runner | undefined
}

const RUNNER_FILE = 'running.json'
/** What the folder of a home ends with that was taken away; a process that was killed leaves it. */
const REMOVED = /\.removed-\d+$/

/** The homes below a data folder. */
export function listHomes(data: string): HomeEntry[] {
  return foldersIn(data).flatMap((network) =>
    foldersIn(join(data, network))
      .filter((name) => !REMOVED.test(name))
      .map((name) => ({ network, name, folder: join(data, network, name) }))
      .filter(({ folder }) => existsSync(join(folder, 'config.json')))
      .map((home) => ({ ...home, runner: runnerOf(home.folder) })),
  )
}

/**
 * Who holds a home, as far as it is noted there. A process that died without a word counts as gone; its number may be another program's
 * by now, so only the store's lock, or who answers at the address, is certain.
 */
export function runnerOf(folder: string): Runner | undefined {
  try {
    const { pid, command, identity, url } = JSON.parse(readFileSync(join(folder, RUNNER_FILE), 'utf8'))
    const isNote =
      Number.isInteger(pid) &&
      typeof command === 'string' &&
      typeof identity === 'string' &&
      /^(string|undefined)$/.test(typeof url)
    return isNote && isAlive(pid) ? { pid, command, identity, url } : undefined
  } catch {
    return undefined
  }
}

/** Notes who holds a home. To be called by who holds its store alone. */
export function noteRunner(folder: string, runner: Runner): void {
  const file = join(folder, RUNNER_FILE)
  // Renamed into place: a reader sees all of it or nothing.
  writeFileSync(`${file}.new`, JSON.stringify(runner), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export function removeRunner(folder: string): void {
  rmSync(join(folder, RUNNER_FILE), { force: true })
}

/**
 * Takes a home out of its place in one step. To be called by who holds its store, so that nobody else opens what is about to go.
 * @returns what removes it, once the store is closed; undefined where it stays because the system does not let it be moved
 */
export function takeAwayHome(folder: string): (() => void) | undefined {
  const away = `${folder}.removed-${process.pid}`
  try {
    renameSync(folder, away)
  } catch {
    return undefined
  }
  return () => rmSync(away, { recursive: true, force: true })
}

/** Has the folders of a new home, and the names of what it holds so far, survive a power failure. */
export function settleHome(folder: string): void {
  // The home, its network, the data folder, and where that lies: each may have been made for it.
  for (const above of ['', '..', '../..', '../../..']) {
    try {
      syncFolder(join(folder, above))
    } catch (error) {
      // Where the data folder lies may be shown to nobody: that does not keep a node from being made.
      if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) throw error
    }
  }
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

function isAlive(pid: number): boolean {
  // Our own number in a note of before: where processes are counted from 1 anew, as in containers, that is not rare.
  if (pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
