import { once } from 'node:events'
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ApiError } from '../../api/errors.js'
import { printJson } from '../../primitives/json/value.js'
import { printHeader } from '../chain-file.js'
import { checkedBlocks, FaultyBlock } from '../checked-blocks.js'
import { onInterrupt } from '../interrupts.js'
import { openNode } from '../nodes/open-node.js'
import { startProgress } from '../progress.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted } from '../text.js'

/** `chain export`: the chain as JSON lines, which `chain import` reads; `-` writes them to stdout. */
export async function exportChain(terminal: Terminal, { force }: { force?: boolean }, file: string): Promise<void> {
  const toStdout = file === '-'
  if (!toStdout && !force && existsSync(file)) {
    throw new UsageError(`there is a file ${file} already`, 'take another name, or add --force to replace it')
  }
  const { api, network } = await openNode(terminal)
  const { signal, release } = onInterrupt()
  const unfinished = `${file}.part`
  const out = toStdout ? process.stdout : createWriteStream(unfinished)
  try {
    const { length } = await api.blocks({ from: 1, limit: 1 })
    await write(out, printHeader(network, length))
    const progress = await startProgress(terminal, 'writing', length)
    try {
      for await (const { height, block } of checkedBlocks(api, network, { length, signal })) {
        await write(out, printJson(block))
        progress.update(height)
      }
    } finally {
      progress.stop()
    }
    if (toStdout) return
    out.end()
    await finished(out)
    renameSync(unfinished, file)
    terminal.result({ file, length }, `${terminal.paint.green('✔')} ${counted(length, 'block')} written to ${file}`)
  } catch (error) {
    if (!(error instanceof FaultyBlock)) throw error
    throw new ApiError('bad-answer', `block ${error.height} does not follow the one before: ${error.message}`, {
      hint: 'if the chain was replaced while it was read, run it again; chain verify finds what is damaged',
    })
  } finally {
    if (!toStdout) {
      out.destroy()
      rmSync(unfinished, { force: true })
    }
    await api.close()
    release()
  }
}

async function write(out: Writable, line: string): Promise<void> {
  if (!out.write(`${line}\n`)) await once(out, 'drain')
}
