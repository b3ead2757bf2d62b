import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Environment, Machine } from './cli.js'
import { refusalOf } from './rights.js'

/** Disks that run full, and have room again. */

export interface SmallDisk {
  /** What a node needs in its environment to run into the end of the disk, and not be ended by it. */
  readonly environment: Environment
  /** Leaves no room; to the node that runs, if one does. */
  fill(node?: RunningNode): void
  free(node?: RunningNode): void
  /** What stands before a command that begins while there is no room. */
  readonly whenFull: string
}

interface RunningNode {
  readonly pid: number
}

interface Means {
  readonly name: string
  make(machine: Machine): SmallDisk
  /** Why there can be none here; undefined where there can. */
  readonly refusal: string | undefined
}

/** A file system of its own, in memory. */
function fileSystem(machine: Machine): SmallDisk {
  mkdirSync(machine.data, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', machine.data])
  onTestFinished(() => void execFileSync('umount', [machine.data]))
  const ballast = join(machine.data, 'ballast')
  return {
    environment: {},
    fill: () => {
      const { bavail, bsize } = statfsSync(machine.data)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    free: () => rmSync(ballast),
    whenFull: '',
  }
}

/** A limit on the size of files, as a quota would be: the disk itself says that there is room. */
function fileLimit(): SmallDisk {
  return {
    environment: {},
    fill: (node) => node && setFileLimit(node.pid, '0'),
    free: (node) => node && setFileLimit(node.pid, 'hard'),
    whenFull: 'ulimit -f 0;',
  }
}

/** Python, as no other program that every test machine has can do that. */
function setFileLimit(pid: number, soft: string): void {
  const script = [
    'import resource, sys',
    'pid, soft = int(sys.argv[1]), sys.argv[2]',
    'hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]',
    'resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if soft == "hard" else int(soft), hard))',
  ]
  execFileSync('python3', ['-c', script.join('\n'), String(pid), soft])
}

function refusalToMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'chain-mount-'))
  try {
    const refusal = refusalOf('mount', ['-t', 'tmpfs', 'tmpfs', folder])
    if (refusal === undefined) execFileSync('umount', [folder])
    return refusal
  } finally {
    rmdirSync(folder)
  }
}

/** Only root may mount, and not on every machine; the limit can be set by everyone. */
export const SMALL_DISKS: readonly Means[] = [
  { name: 'a limit on the size of files', make: fileLimit, refusal: refusalOf('python3', ['--version']) },
  { name: 'a file system of its own', make: fileSystem, refusal: refusalToMount() },
]
