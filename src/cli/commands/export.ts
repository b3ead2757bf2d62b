import { once } from 'node:events'
import { createWriteStream, existsSync, lstatSync, openSync, renameSync, rmSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ApiError } from '../../api/errors.js'
import { printJson } from '../../primitives/json/value.js'
import { printHeader } from '../chain-file.js'
import { checkedBlocks, FaultyBlock } from '../checked-blocks.js'
import { commandLine } from '../command-line.js'
import { EXIT } from '../exit-codes.js'
import { onInterrupt } from '../interrupts.js'
import { openNode } from '../nodes/open-node.js'
import { startProgress } from '../progress.js'
import { type Terminal, UsageError, whyOfFile } from '../terminal.js'
import { counted, shellWord } from '../text.js'

/** `chain export`: the chain as JSON lines, which `chain import` reads; `-` writes them to stdout. */
export async function exportChain(terminal: Terminal, { force }: { force?: boolean }, file: string): Promise<void> {
  const target = file === '-' ? undefined : openTarget(file, force === true)
  try {
    const length = await writeChain(terminal, target?.out ?? process.stdout)
    if (target === undefined) return
    await target.finish()
    terminal.result({ file, length }, `${terminal.paint.green('✔')} ${counted(length, 'block')} written to ${file}`)
  } catch (error) {
    throw target?.failure === undefined ? error : cannotWrite(file, target.failure)
  } finally {
    target?.discard()
  }
}

/** @returns how many blocks were written */
async function writeChain(terminal: Terminal, out: Writable): Promise<number> {
  const { api, network, flags } = await openNode(terminal)
  const { signal, release } = onInterrupt()
  try {
    const { length } = await api.blocks({ from: 1, limit: 1 })
    await write(out, printHeader(network, length))
    const progress = startProgress(terminal, 'writing', length)
    try {
      for await (const { height, block } of checkedBlocks(api, network, { length, signal })) {
        await write(out, printJson(block))
        progress.update(height)
      }
    } finally {
      progress.stop()
    }
    return length
  } catch (error) {
    if (!(error instanceof FaultyBlock)) throw error
    throw new ApiError('bad-answer', `block ${error.height} does not follow the one before: ${error.message}`, {
      hint: `if the chain was replaced while it was read, run it again; ${commandLine(terminal.options, 'verify', flags)} finds what is damaged`,
    })
  } finally {
    await api.close()
    release()
  }
}

interface Target {
  readonly out: Writable
  /** Why it could not be written. */
  readonly failure: Error | undefined
  /** Has the file be there, whole. */
  finish(): Promise<void>
  /** Removes what is not finished. */
  discard(): void
}

/** A file that is written beside its place, and takes it when it is whole. */
function openTarget(file: string, force: boolean): Target {
  const known = statsOf(file)
  if (known !== undefined && !known.isFile()) {
    throw new UsageError(`${file} is no regular file, and is not replaced`, 'take - instead, which writes to stdout')
  }
  if (known !== undefined && !force) {
    throw new UsageError(`there is a file ${file} already`, 'take another name, or add --force to replace it')
  }
  const unfinished = `${file}.${process.pid}.part`
  let fd: number
  try {
    fd = openSync(unfinished, 'wx')
  } catch (error) {
    throw cannotWrite(file, error as Error)
  }
  const out = createWriteStream(unfinished, { fd })
  let failure: Error | undefined
  out.on('error', (error) => {
    failure = error
  })
  return {
    out,
    get failure() {
      return failure
    },
    finish: async () => {
      out.end()
      await finished(out)
      renameSync(unfinished, file)
    },
    discard: () => {
      out.destroy()
      rmSync(unfinished, { force: true })
    },
  }
}

function statsOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    throw cannotWrite(file, error as Error)
  }
}

function cannotWrite(file: string, error: NodeJS.ErrnoException): UsageError {
  const folder = dirname(file)
  const [why, hint] =
    error.code === 'ENOENT' && !existsSync(folder)
      ? [`there is no folder ${folder}`, `mkdir -p ${shellWord(folder)}, or take another place`]
      : [whyOfFile(error), 'take another place']
  return new UsageError(`${file} cannot be written: ${why}`, hint, EXIT.failure)
}

async function write(out: Writable, line: string): Promise<void> {
  if (!out.write(`${line}\n`)) await once(out, 'drain')
}
