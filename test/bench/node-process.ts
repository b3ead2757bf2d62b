import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { freePort } from '../support/free-port.js'
import { CHAIN, endWithUs } from './workshop.js'

/** The name of the node in each data folder. */
export const NODE_NAME = 'bench'

/** A server in a process of its own. */
export class ServerProcess {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Starts `chain serve` on a data folder. */
  static async chain(data: string): Promise<ServerProcess> {
    const port = await freePort()
    const flags = ['--json', '--data-dir', data, '--name', NODE_NAME, '--port', String(port)]
    return ServerProcess.start(process.execPath, [CHAIN, 'serve', ...flags])
  }

  /** @param args of a command that prints a line with its URL once it listens */
  static async start(command: string, args: readonly string[]): Promise<ServerProcess> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    endWithUs(child)
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    return new ServerProcess(child, /http:\/\/[\d.:]+/.exec(line)![0])
  }

  /** Seconds of processor time so far, of all its threads. */
  processorSeconds(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1')
    // utime and stime, the fields 14 and 15, in hundredths; the second field may hold spaces.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return (Number(user) + Number(system)) / 100
  }

  /** MiB that the process has in memory. */
  resident(): number {
    return this.#memory('VmRSS')
  }

  /** MiB of that which are files: its program and libraries, and what LevelDB maps of the store. */
  mapped(): number {
    return this.#memory('RssFile')
  }

  /** MiB that it had at most since `forgetPeak`. */
  peakResident(): number {
    return this.#memory('VmHWM')
  }

  forgetPeak(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5')
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }

  #memory(field: string): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1')
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]) / 1024
  }
}
