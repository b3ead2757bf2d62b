import { readFileSync } from 'node:fs'
import { refusalOf } from './rights.js'

/** The calls that are told. */
const CALLS = 'fdatasync,fsync,write,writev,sendto,sendmsg'

/** Why the system calls of a process cannot be watched here; undefined where they can. */
export function refusalToTrace(): string | undefined {
  return refusalOf('strace', ['-f', '-o', '/dev/null', 'true'])
}

/** What stands before a command for its calls to be written to a file, threads and all; and what is to be done to some of them. */
export function tracing(file: string, ...injected: string[]): string {
  const flags = ['-f', '-qq', '-y', '-s', '64', '-e', 'signal=none', '-e', `trace=${CALLS}`, '-o', `'${file}'`]
  return ['strace', ...flags, ...injected].join(' ')
}

/** What a node did that matters: it wrote to its log, the log was on the disk, it answered. */
export type Deed = 'write' | 'sync' | 'answer'

/** Reads what a node did, in the order in which it was done. */
export function deedsIn(file: string): Deed[] {
  /** A call that another thread interrupted is told in two lines. */
  const unfinished = new Map<string, string>()
  return readFileSync(file, 'latin1')
    .split('\n')
    .flatMap((line): Deed[] => {
      const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
      if (rest.endsWith('<unfinished ...>')) {
        unfinished.set(thread, rest)
        // It may be on its way from here on.
        return isAnswer(rest) ? ['answer'] : []
      }
      const isResumed = rest.startsWith('<... ')
      const call = isResumed ? (unfinished.get(thread) ?? '') : rest
      if (isAnswer(call)) return isResumed ? [] : ['answer']
      if (!/^\w+\(\d+<[^>]*\.log>/.test(call) || / = -1 /.test(rest)) return []
      return [call.startsWith('f') ? 'sync' : 'write']
    })
}

/** The files and folders that are on the disk as they were then. */
export function syncedPaths(file: string): string[] {
  const calls = readFileSync(file, 'latin1').matchAll(/f(?:data)?sync\(\d+<([^>]+)>/g)
  return [...calls].map(([, path = '']) => path)
}

function isAnswer(call: string): boolean {
  return /^(write|writev|sendto|sendmsg)\(.*"HTTP\/1\.1 20/.test(call)
}
