import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StoreLocked } from '../primitives/errors.js'
import { LevelDbStore } from './leveldb-store.js'
import { syncFolder } from './sync-folder.js'

/** The process that has a home open and serves it. */
export interface Runner {
  readonly pid: number
  readonly url: string
}

export interface HomeEntry {
  readonly network: string
  readonly name: string
  readonly folder: string
  /** Undefined while nobody serves it. */
  readonly runner: Runner | undefined
}

const RUNNER_FILE = 'running.json'
const STORE_FOLDER = 'chain'
const LOCK_POLL_MS = 50
const NOTICEABLE_MS = 500

/** The homes below a data folder. */
export function listHomes(data: string): HomeEntry[] {
  return foldersIn(data).flatMap((network) =>
    foldersIn(join(data, network))
      .map((name) => ({ network, name, folder: join(data, network, name) }))
      .filter(({ folder }) => existsSync(join(folder, 'config.json')))
      .map((home) => ({ ...home, runner: runnerOf(home.folder) })),
  )
}

/** Who serves a home; a process that died without saying so counts as gone. */
export function runnerOf(folder: string): Runner | undefined {
  try {
    const { pid, url } = JSON.parse(readFileSync(join(folder, RUNNER_FILE), 'utf8'))
    return Number.isInteger(pid) && pid > 0 && typeof url === 'string' && isAlive(pid) ? { pid, url } : undefined
  } catch {
    return undefined
  }
}

export function announceRunner(folder: string, runner: Runner): void {
  const file = join(folder, RUNNER_FILE)
  // Renamed into place: a reader sees all of it or nothing.
  writeFileSync(`${file}.${runner.pid}`, JSON.stringify(runner), { mode: 0o600 })
  renameSync(`${file}.${runner.pid}`, file)
}

export function withdrawRunner(folder: string): void {
  rmSync(join(folder, RUNNER_FILE), { force: true })
}

/**
 * Opens a home's store, waiting for other short commands.
 * @param isNew whether the home has had no chain yet
 * @param onWait called once, when the waiting takes long enough for a person to notice
 * @throws StoreLocked when it stays in use for `waitMs`, StoreDamaged
 */
export async function openHomeStore(
  folder: string,
  { isNew, waitMs, onWait }: { isNew: boolean; waitMs: number; onWait: () => void },
): Promise<LevelDbStore> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const begin = performance.now()
  let noticed = false
  for (;;) {
    try {
      return await LevelDbStore.open(join(folder, STORE_FOLDER), { create: isNew })
    } catch (error) {
      const waited = performance.now() - begin
      if (!(error instanceof StoreLocked) || waited >= waitMs) throw error
      if (!noticed && waited >= NOTICEABLE_MS) {
        noticed = true
        onWait()
      }
      await delay(LOCK_POLL_MS)
    }
  }
}

/** Has the folders of a new home, and the names of what it holds so far, survive a power failure. */
export function settleHome(folder: string): void {
  // The home, its network, the data folder, and where that lies: each may have been made for it.
  for (const above of ['', '..', '../..', '../../..']) syncFolder(join(folder, above))
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
