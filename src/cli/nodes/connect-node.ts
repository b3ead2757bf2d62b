import { ApiError } from '../../api/errors.js'
import { DEFAULT_TIMEOUT_SECONDS } from '../../config/options.js'
import { dataFolder, walletFolder } from '../../config/paths.js'
import { HttpNodeApi } from '../../http/http-node-api.js'
import { JsonClient } from '../../http/json-client.js'
import type { HomeEntry } from '../../storage/home.js'
import { type Terminal, UsageError } from '../terminal.js'
import { networkOf } from './choose-home.js'
import type { OpenedNode } from './opened-node.js'

export interface Address {
  readonly url: string
  readonly flags: string
  /** The home that is served there, where it is known. */
  readonly home?: HomeEntry
}

/**
 * Connects to a running node: one of ours, or one in Python that has the tutorial's five calls alone.
 * @throws ApiError, UsageError
 */
export async function connectNode(terminal: Terminal, { url, flags, home }: Address): Promise<OpenedNode> {
  const { options } = terminal
  const client = new JsonClient(url, { timeoutMs: (options.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000 })
  try {
    const api = new HttpNodeApi(client)
    const status = await statusOf(api)
    if (status === undefined) return await pythonNode(terminal, client, flags)
    const wanted = options.network ?? home?.network ?? status.network
    if (status.network !== wanted) {
      throw new UsageError(
        `the node at ${url} is of network ${status.network}, not ${wanted}`,
        `--network ${status.network}`,
      )
    }
    terminal.note(`node ${home === undefined ? '' : `${home.name} `}of network ${status.network}, running at ${url}`)
    return { api, network: networkOf(options, status.network), identity: status.identity, flags }
  } catch (error) {
    await client.close()
    throw error
  }
}

/** `localhost:5001` and `http://localhost:5001/` are the same. */
export function nodeUrl(text: string): string {
  const withScheme = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(withScheme) || new URL(withScheme).protocol !== 'http:') {
    throw new UsageError(`${JSON.stringify(text)} is not the http address of a node`, '--node http://localhost:5000')
  }
  return new URL(withScheme).origin
}

/** Undefined for a node that does not have the calls of our own. */
async function statusOf(api: HttpNodeApi) {
  try {
    return await api.status()
  } catch (error) {
    if (error instanceof ApiError && error.code === 'unsupported') return undefined
    throw error
  }
}

async function pythonNode(terminal: Terminal, client: JsonClient, flags: string): Promise<OpenedNode> {
  const { options } = terminal
  const [{ PythonNodeApi }, { walletIdentity }] = await Promise.all([
    import('../../http/python-node-api.js'),
    import('../../config/settings.js'),
  ])
  const network = networkOf(options, options.network)
  terminal.note(`plain Python node at ${client.url}`)
  const identity = walletIdentity(walletFolder(dataFolder(options.dataDir)))
  return { api: new PythonNodeApi(client, network.rules), network, identity, flags }
}
