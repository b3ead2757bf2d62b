import { Chalk, type ChalkInstance } from 'chalk'
import { ApiError } from '../api/errors.js'
import type { GlobalOptions } from '../config/options.js'
import {
  DefinitionDamaged,
  HomelessUser,
  SettingsDamaged,
  StoreDamaged,
  StoreLocked,
  StoreUnwritable,
} from '../primitives/errors.js'
import { WalletError } from '../wallet/wallet-error.js'
import { commandLine } from './command-line.js'
import { EXIT, exitCodeOf } from './exit-codes.js'
import { ParseError } from './parse-error.js'
import { asciiJson, harmless } from './text.js'

/** A command cannot be carried out as it was given: the hint says how it can. */
export class UsageError extends Error {
  readonly hint: string | undefined
  readonly exitCode: number

  constructor(message: string, hint?: string, exitCode: number = EXIT.usage) {
    super(message)
    this.name = 'UsageError'
    this.hint = hint
    this.exitCode = exitCode
  }
}

/** Ctrl-C. */
export class Interrupted extends Error {}

/** Where a command's words go: the result to stdout, all else to stderr. */
export class Terminal {
  readonly options: GlobalOptions
  /** The command that is carried out, such as `peers add`. */
  readonly command: string
  /** Colours of stdout and of stderr, off where they are not wanted. */
  readonly paint: ChalkInstance
  readonly notePaint: ChalkInstance

  constructor(options: GlobalOptions, command = '') {
    this.options = options
    this.command = command
    this.paint = painter(options, process.stdout)
    this.notePaint = painter(options, process.stderr)
  }

  /** Whether stderr takes colours. */
  get colours(): boolean {
    return this.notePaint.level > 0
  }

  /** Whether a person can be asked. */
  get canAsk(): boolean {
    const { json, input } = this.options
    return input && json !== true && process.stdin.isTTY === true && process.stderr.isTTY === true
  }

  /** Whether a line on stderr can be redrawn. */
  get canAnimate(): boolean {
    const { json, quiet } = this.options
    return json !== true && quiet !== true && process.stderr.isTTY === true && process.env.TERM !== 'dumb'
  }

  /** Columns of stdout; a file or pipe has as many as it takes. */
  get width(): number {
    return process.stdout.isTTY === true ? process.stdout.columns : Number.POSITIVE_INFINITY
  }

  /** Prints the result: with `--json` the document, otherwise the text. */
  result(document: unknown, text: string | (() => string)): void {
    if (this.options.json) process.stdout.write(`${typeof document === 'string' ? document : asciiJson(document)}\n`)
    else process.stdout.write(`${typeof text === 'string' ? text : text()}\n`)
  }

  /** Says something beside the result, in one line or several. */
  note(text: string | readonly string[]): void {
    if (this.options.quiet || this.options.json) return
    const lines = [text].flat().map((line) => `${this.notePaint.dim(harmless(line))}\n`)
    process.stderr.write(lines.join(''))
  }

  /** Shows what a person is about to be asked for, already coloured. */
  preview(text: string): void {
    const { json, quiet, yes } = this.options
    const isAsked = this.canAsk && !yes
    if (!json && (!quiet || isAsked)) process.stderr.write(`${text}\n`)
  }

  /** Shows a command that does the same as what a person has chosen. */
  showCommand(text: string): void {
    const { bold, dim } = this.notePaint
    if (!this.options.quiet) process.stderr.write(`${dim('$')} ${bold(harmless(text))}\n`)
  }

  /** Begins a new line behind the ^C that a terminal has shown. */
  endLine(): void {
    if (process.stdin.isTTY === true && process.stderr.isTTY === true) process.stderr.write('\n')
  }

  /**
   * Shows something that is gone from the screen, and from what can be scrolled back to, when the work is done.
   * @param work asks the person on stderr
   */
  async showWhile<T>(text: string, work: () => Promise<T>): Promise<T> {
    const [on, off] = process.env.TERM === 'dumb' ? ['', ''] : ['\u001b[?1049h\u001b[H', '\u001b[?1049l']
    process.stderr.write(`${on}${text}\n`)
    try {
      return await work()
    } finally {
      process.stderr.write(off)
    }
  }

  warn(text: string): void {
    if (!this.options.json) process.stderr.write(`${this.notePaint.magenta('warning:')} ${harmless(text)}\n`)
  }

  /** Warns of a mistake of the program itself, after which it goes on. */
  warnOfMistake(what: string, error: unknown): void {
    this.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    if (this.options.verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  }

  /** Prints an error with its cause and what to do. @returns the exit code */
  fail(error: unknown): number {
    const { code, message, hint, exitCode } = explain(error, this.options)
    if (this.options.json) {
      process.stderr.write(`${asciiJson({ error: { code, message, ...(hint !== undefined && { hint }) } })}\n`)
      return exitCode
    }
    if (error instanceof Interrupted) return exitCode
    process.stderr.write(`${this.notePaint.red('error:')} ${harmless(message)}\n`)
    if (error instanceof Error && error.cause instanceof Error) {
      process.stderr.write(`${this.notePaint.dim('cause:')} ${harmless(error.cause.message)}\n`)
    }
    if (hint !== undefined) process.stderr.write(`${this.notePaint.dim('try:')} ${harmless(hint)}\n`)
    if (this.options.verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    return exitCode
  }
}

interface Explanation {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  readonly exitCode: number
}

function explain(error: unknown, options: GlobalOptions): Explanation {
  if (error instanceof ApiError) {
    const { code, message, hint } = error
    return { code, message, hint, exitCode: exitCodeOf(code) }
  }
  if (error instanceof ParseError) {
    const { message, hint } = error
    return { code: 'usage', message, hint, exitCode: EXIT.usage }
  }
  if (error instanceof UsageError) {
    const { message, hint, exitCode } = error
    return { code: 'usage', message, hint, exitCode }
  }
  if (error instanceof WalletError) {
    const { code, message, hint } = error
    return { code, message, hint, exitCode: code === 'wrong-passphrase' ? EXIT.locked : EXIT.failure }
  }
  if (error instanceof HomelessUser) {
    return { code: 'usage', message: error.message, hint: 'name a folder with --data-dir', exitCode: EXIT.usage }
  }
  if (error instanceof Interrupted) return { code: 'interrupted', message: 'interrupted', exitCode: EXIT.interrupted }
  if (error instanceof StoreLocked) {
    return {
      code: 'in-use',
      message: error.message,
      hint: 'wait until it has ended, or end it; or take another --port',
      exitCode: EXIT.failure,
    }
  }
  if (error instanceof StoreDamaged) {
    const hint = 'nothing was changed; keep a copy of the folder, then begin anew with another --port'
    return { code: 'store-damaged', message: `the store is damaged: ${error.message}`, hint, exitCode: EXIT.failure }
  }
  if (error instanceof SettingsDamaged) {
    const hint = `put it back from a copy; without one, ${error.rescue}`
    return { code: 'settings-damaged', message: error.message, hint, exitCode: EXIT.failure }
  }
  if (error instanceof DefinitionDamaged) {
    const hint =
      error.network === undefined
        ? 'have another one sent by who made the network'
        : `mend the file, or have it removed: ${commandLine(options, `network remove ${error.network}`)}`
    return { code: 'settings-damaged', message: error.message, hint, exitCode: EXIT.failure }
  }
  if (error instanceof StoreUnwritable && error.isForbidden) {
    const hint = 'get the rights to the folder, as with chmod -R u+rw; or take another with --data-dir'
    return { code: 'cannot-write', message: error.message, hint, exitCode: EXIT.failure }
  }
  if (error instanceof StoreUnwritable) {
    const hint = 'make room on the disk, or make the folder writable'
    return { code: 'cannot-write', message: `nothing was stored: ${error.message}`, hint, exitCode: EXIT.failure }
  }
  if (isFileError(error)) {
    const hint = ROOM_FAILURES.includes(error.code ?? '')
      ? 'make room on the disk'
      : 'check the folder and your rights to it, or take another with --data-dir'
    const message = `${error.path} cannot be used: ${whyOfFile(error)}`
    return { code: 'cannot-write', message, hint, exitCode: EXIT.failure }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'failure', message, exitCode: EXIT.failure }
}

/** Why a file or folder could not be made, read or written. */
export function whyOfFile({ code = '', message }: NodeJS.ErrnoException): string {
  return FILE_FAILURES[code] ?? message
}

/** More could be written if there were more room. */
const ROOM_FAILURES = ['EDQUOT', 'EFBIG', 'ENOSPC']

/** By the error's code. */
const FILE_FAILURES: Readonly<Record<string, string>> = {
  EACCES: 'you have no rights to it',
  EDQUOT: 'it would be more than you may store there',
  EEXIST: 'it is no folder',
  EFBIG: 'it would be larger than a file may be here (ulimit -f)',
  EISDIR: 'it is a folder',
  ENOENT: 'nothing can be made there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'it is no folder, or lies in none',
  EPERM: 'you have no rights to it',
  EROFS: 'nothing can be written there',
}

/** A failure of the file system: EACCES, EROFS, ENOTDIR, ENOSPC … */
function isFileError(error: unknown): error is NodeJS.ErrnoException & { path: string } {
  return error instanceof Error && 'code' in error && 'path' in error && typeof error.path === 'string'
}

function painter({ color }: GlobalOptions, stream: NodeJS.WriteStream): ChalkInstance {
  const { NO_COLOR, TERM } = process.env
  const wanted = color && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb' && stream.isTTY === true
  return new Chalk({ level: wanted ? 1 : 0 })
}
