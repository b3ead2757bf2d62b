import { StoreDamaged, StoreLocked, StoreUnwritable } from '../primitives/errors.js'

/** In these words the system reports that a file is gone or cannot be read. All its other errors are of writing. */
const DAMAGE = /No such file or directory|Input\/output error|Is a directory/

/** In these it reports that somebody may not do what was tried. */
const FORBIDDEN = /Permission denied|Operation not permitted|Read-only file system/

/** Reads that were broken off, or could not begin: after a write that failed, the store could not be opened anew. */
const BROKEN_OFF = ['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_SNAPSHOT_NOT_OPEN', 'LEVEL_ITERATOR_NOT_OPEN']

/** What LevelDB reports while it reads, in our terms; any other error stays what it is. */
export function readError(error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'LEVEL_CORRUPTION') return new StoreDamaged(messageOf(error), { cause: error })
  if (code === 'LEVEL_IO_ERROR') return ioError(messageOf(error), error)
  if (code !== undefined && BROKEN_OFF.includes(code)) {
    return new StoreUnwritable('the store is not open', { cause: error })
  }
  return error
}

/** Why LevelDB does not open a folder, in our terms. */
export function openError(error: unknown, folder: string): Error {
  const cause = error instanceof Error ? error.cause : undefined
  if (codeOf(cause) === 'LEVEL_LOCKED') return lockedError(folder)
  const reason = messageOf(cause ?? error)
  const what = FORBIDDEN.test(reason)
    ? `${folder} may not be written to: whoever opens a store writes there that it is open`
    : `${folder} cannot be opened: ${reason}`
  if (FORBIDDEN.test(reason)) return new StoreUnwritable(what, { isForbidden: true })
  return codeOf(cause) === 'LEVEL_IO_ERROR' ? ioError(what, error) : new StoreDamaged(what, { cause: error })
}

export function lockedError(folder: string): StoreLocked {
  return new StoreLocked(`another process has ${folder} open`)
}

export function writeError(error: unknown): StoreUnwritable {
  return unwritable(messageOf(error), error)
}

function ioError(what: string, cause: unknown): StoreDamaged | StoreUnwritable {
  return DAMAGE.test(what) ? new StoreDamaged(what, { cause }) : unwritable(what, cause)
}

function unwritable(what: string, cause: unknown): StoreUnwritable {
  return new StoreUnwritable(what, { cause, isForbidden: FORBIDDEN.test(what) })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
