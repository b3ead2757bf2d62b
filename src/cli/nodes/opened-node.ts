import type { NodeApi } from '../../api/node-api.js'
import type { Network } from '../../consensus/network.js'
import type { Block } from '../../consensus/rules.js'
import type { Node } from '../../node/node.js'

export type { Fault } from '../../chain/verify.js'

/** A node to talk to, wherever it is: a command does not know which it has. */
export interface OpenedNode {
  readonly api: NodeApi
  readonly network: Network
  /** Who pays where nobody else is named. */
  readonly identity: string
  /** The flags that lead to the same node again, such as `--port 5001`; for a `commandLine`. */
  readonly flags: readonly string[]
  /** Who holds it, as people know a process; undefined where that is this one, or not known. */
  readonly holder?: string | undefined
  /** The node itself where it is open in this process, for what only its owner may ask of it. */
  readonly node?: Node<Block>
}
