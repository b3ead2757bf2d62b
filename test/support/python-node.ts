import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './test-node.js'

const SCRIPT = fileURLToPath(new URL('../interop/python_node.py', import.meta.url))

export interface PythonNodeOptions {
  readonly edition?: 'article' | 'bound'
  readonly json?: 'compact' | 'indented' | 'spaced'
  readonly identity?: string
  /** The JSON text of the blocks that it starts with. */
  readonly chain?: string
}

export interface PythonNode {
  readonly url: string
  readonly port: number
  /** `host:port`, as peers are registered. */
  readonly address: string
}

/** Starts the tutorial's node in Python and waits until it listens; it is stopped after the test. */
export async function startPython(options: PythonNodeOptions = {}): Promise<PythonNode> {
  const { edition = 'article', json = 'compact', identity = 'python-miner', chain } = options
  const flags = ['--edition', edition, '--json', json, '--identity', identity]
  if (chain !== undefined) {
    const file = join(await temporaryFolder(), 'chain.json')
    await writeFile(file, chain)
    flags.push('--chain', file)
  }
  const child = spawn('python3', [SCRIPT, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => stop(child))
  const url = await listeningUrl(child)
  const { host, port } = new URL(url)
  return { url, port: Number(port), address: host }
}

/** @throws Error where the process ends, or cannot start, before it listens */
function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let complaint = ''
    child.stderr!.on('data', (text) => {
      complaint += text
    })
    child.once('error', (error) =>
      reject(new Error(`these tests need python3, which does not start: ${error.message}`)),
    )
    child.once('exit', () => reject(new Error(`the Python node ended before it listened: ${complaint}`)))
    createInterface({ input: child.stdout! }).once('line', (line) => {
      const url = /^listening on (http:\/\/\S+)$/.exec(line)?.[1]
      if (url === undefined) reject(new Error(`the Python node said: ${line}`))
      else resolve(url)
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}
