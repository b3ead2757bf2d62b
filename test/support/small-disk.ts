import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Environment, Machine } from './cli.js'

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

type Means = (machine: Machine) => SmallDisk

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
    // Whoever does not listen to that signal is ended by it.
    environment: { NODE_OPTIONS: "--import data:text/javascript,process.on('SIGXFSZ',()=>{})" },
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

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'chain-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder]).status === 0
  if (mounted) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true })
  return mounted
}

/** To mount needs rights that not every machine gives; the limit works on all of them. */
export const SMALL_DISKS: readonly [name: string, means: Means][] = [
  ['a limit on the size of files', fileLimit],
  ...(canMount() ? [['a file system of its own', fileSystem] satisfies [string, Means]] : []),
]
