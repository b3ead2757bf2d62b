import { ApiError } from '../../api/errors.js'
import type { Network } from '../../consensus/network.js'
import type { Block } from '../../consensus/rules.js'
import type { NodeServer, ServerOptions } from '../../http/server.js'
import type { Node } from '../../node/node.js'
import { noteRunner, removeRunner, takeAwayHome } from '../../storage/home.js'
import { homeToken } from '../../storage/home-token.js'

/** What an opening found: nothing, a node whose chain was removed, or one with its chain. */
export type Beginning = 'made' | 'anew' | 'continued'

interface HomeParts {
  readonly node: Node<Block>
  readonly network: Network
  readonly identity: string
  readonly beginning: Beginning
  readonly folder: string
  readonly command: string
}

export interface CloseOptions {
  /** Whether a home goes again that was made by this opening, and in which nothing was stored. */
  readonly mayVanish?: boolean
}

/** A home that this process holds: its node, open, and noted in the folder who has it open. */
export class HeldHome {
  readonly #parts: HomeParts
  #starting: Promise<NodeServer> | undefined
  #closing: Promise<'kept' | 'gone'> | undefined

  constructor(parts: HomeParts) {
    this.#parts = parts
    try {
      this.#note(undefined)
    } catch {
      // A disk that is full: others are told less about who holds the home, and that is all.
    }
  }

  get node(): Node<Block> {
    return this.#parts.node
  }

  get network(): Network {
    return this.#parts.network
  }

  get identity(): string {
    return this.#parts.identity
  }

  get beginning(): Beginning {
    return this.#parts.beginning
  }

  /**
   * Has other processes use the node, too, until the home is closed.
   * @throws as `serveNode` does, and ApiError where the home is closed meanwhile
   */
  async serve(options: ServerOptions): Promise<NodeServer> {
    // Loaded here: it takes longer than most commands hold a home.
    const { serveNode } = await import('../../http/server.js')
    if (this.#closing !== undefined) throw new ApiError('shutting-down', 'the node is shutting down')
    const { folder, network } = this.#parts
    const operatorToken = network.isGuarded ? homeToken(folder) : undefined
    this.#starting = serveNode(this.node, { ...options, operatorToken })
    const server = await this.#starting
    this.node.servedAt(server.addresses)
    try {
      this.#note(server.url)
      return server
    } catch (error) {
      await server.close()
      throw error
    }
  }

  /** Finishes what others have asked for, closes the node and lets go of the home. */
  close({ mayVanish = false }: CloseOptions = {}): Promise<'kept' | 'gone'> {
    this.#closing ??= this.#close(mayVanish)
    return this.#closing
  }

  async #close(mayVanish: boolean): Promise<'kept' | 'gone'> {
    const { node, folder, beginning } = this.#parts
    const [started] = await Promise.allSettled([this.#starting])
    // From here on nobody begins to ask; who has asked is answered.
    removeRunner(folder)
    await Promise.all([started.status === 'fulfilled' && started.value?.close(), node.stop()])
    const remove = mayVanish && beginning === 'made' && (await isUnused(node)) ? takeAwayHome(folder) : undefined
    if (remove === undefined) {
      await node.close()
      return 'kept'
    }
    // What goes wrong with it is of no interest any more.
    await node.close().catch(() => {})
    remove()
    return 'gone'
  }

  #note(url: string | undefined): void {
    const { folder, command, identity } = this.#parts
    noteRunner(folder, { pid: process.pid, command, identity, url })
  }
}

/** Whether nothing came to be stored beside the first block. */
async function isUnused(node: Node<Block>): Promise<boolean> {
  const { length, pending, peers } = await node.status()
  return length === 1 && pending === 0 && peers === 0
}
