import { ApiError } from '../../api/errors.js'
import type { NodeApi } from '../../api/node-api.js'
import { DEFAULT_TIMEOUT_SECONDS, type GlobalOptions } from '../../config/options.js'
import { dataFolder, walletFolder } from '../../config/paths.js'
import type { Network } from '../../consensus/network.js'
import { isReject } from '../../consensus/reject.js'
import { isLoopback } from '../../http/addresses.js'
import { HttpNodeApi } from '../../http/http-node-api.js'
import { JsonClient, type Trace } from '../../http/json-client.js'
import { parsePeerAddress } from '../../peers/address.js'
import { listHomes } from '../../storage/home.js'
import { readToken, tokenFile, tokenIn } from '../../storage/home-token.js'
import { commandLine } from '../command-line.js'
import { readText } from '../read-input.js'
import { type Terminal, UsageError } from '../terminal.js'
import { requireWhole } from '../whole-address.js'
import { networkFlags, networkOf } from './choose-home.js'
import type { OpenedNode } from './opened-node.js'
import { NOTICEABLE_MS } from './patience.js'

/**
 * Connects to the node at an address: one of ours, or one in Python that has the tutorial's five calls alone.
 * @throws ApiError, UsageError
 */
export async function connectNode(
  terminal: Terminal,
  url: string,
  check: (network: Network) => void | Promise<void>,
): Promise<OpenedNode> {
  const { options } = terminal
  const { tokenFile: given } = options
  const token = given === undefined ? undefined : await givenToken(given)
  const flags = ['--node', url, ...(given === undefined ? [] : ['--token-file', given])]
  const client = clientOf(terminal, url, { token, flags })
  try {
    const api = new HttpNodeApi(client)
    const status = await noting(terminal, url, statusOf(api))
    if (status === undefined) {
      await check(networkOf(options, options.network))
      await client.close()
      return await pythonNode(terminal, url)
    }
    if (options.network !== undefined && status.network !== options.network) {
      throw new UsageError(
        `the node at ${url} is of network ${status.network}, not ${options.network}`,
        `--network ${status.network}`,
      )
    }
    const network = networkOf(options, status.network)
    await check(network)
    terminal.note(`node${localName(options, status.identity)} of network ${network.name}, running at ${url}`)
    return { api, network, identity: status.identity, flags }
  } catch (error) {
    await client.close()
    throw error
  }
}

/**
 * Connects to the process that a home notes as serving it.
 * @returns undefined where nobody answers, or another node: that process has died, and its number and port are others' by now
 * @throws ApiError when it does not answer in time
 */
export async function connectHome(
  terminal: Terminal,
  { url, identity, folder }: { url: string; identity: string; folder: string },
): Promise<NodeApi | undefined> {
  // The token is for the node alone: by now somebody else may listen there.
  const stranger = new HttpNodeApi(clientOf(terminal, url))
  try {
    if ((await noting(terminal, url, stranger.status())).identity !== identity) return undefined
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 'timeout') throw error
    return undefined
  } finally {
    await stranger.close()
  }
  // It may listen to an address by which all machines reach it, and cannot tell this one from them.
  return new HttpNodeApi(clientOf(terminal, url, { token: readToken(tokenFile(folder)) }))
}

/**
 * Reads the address of a node: `localhost:5001` and `http://localhost:5001/` are the same.
 * @param hint how the command is given an address
 */
export function nodeUrl(text: string, hint = (address: string): string => `--node ${address}`): string {
  requireWhole(text, hint)
  const address = parsePeerAddress(text)
  if (isReject(address)) throw new UsageError(address.message, hint('http://localhost:5000'))
  return `http://${address}`
}

/** @throws UsageError */
async function givenToken(file: string): Promise<string> {
  const text = await readText(file)
  try {
    return tokenIn(text, file)
  } catch (error) {
    throw new UsageError((error as Error).message, "copy the file token of the node's folder, on its machine")
  }
}

function clientOf(
  { options }: Terminal,
  url: string,
  { token, flags = ['--node', url] }: ClientOptions = {},
): JsonClient {
  const timeoutMs = (options.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000
  return new JsonClient(url, {
    timeoutMs,
    token,
    unreachableHint: unreachableHint(options, url),
    howToLook: (at) => `look before you ask again: ${commandLine(options, SHOWN_BY[at], flags)}`,
  })
}

/** What shows each trace. */
const SHOWN_BY: Readonly<Record<Trace, string>> = { pending: 'pending', chain: 'chain', peers: 'peers list' }

interface ClientOptions {
  readonly token?: string | undefined
  /** That lead to the node again. */
  readonly flags?: readonly string[]
}

/** At an address of this machine a node can be started; elsewhere somebody else has to. */
function unreachableHint(options: GlobalOptions, url: string): string {
  const { hostname, port } = new URL(url)
  const isHere = hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
  if (!isHere) return 'look whether a node runs there, and lets other machines in; or take another --node URL'
  const flags = ['--port', port || '80', ...(options.network === undefined ? [] : ['--network', options.network])]
  return `${commandLine(options, 'serve', flags)} starts a node there; or take another --node URL`
}

/** The name of the home that a node of this machine has, ` 5001`; empty where it is none of the data folder's. */
function localName(options: GlobalOptions, identity: string): string {
  const home = listHomes(dataFolder(options.dataDir)).find(({ runner }) => runner?.identity === identity)
  return home === undefined ? '' : ` ${home.name}`
}

/** Says, after a while, what is waited for. */
async function noting<T>(terminal: Terminal, url: string, answer: Promise<T>): Promise<T> {
  const timer = setTimeout(() => terminal.note(`${url} has not answered yet: waiting for it`), NOTICEABLE_MS)
  try {
    return await answer
  } finally {
    clearTimeout(timer)
  }
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

async function pythonNode(terminal: Terminal, url: string): Promise<OpenedNode> {
  const { options } = terminal
  const [{ PythonNodeApi }, { walletIdentity }] = await Promise.all([
    import('../../http/python-node-api.js'),
    import('../../config/settings.js'),
  ])
  const network = networkOf(options, options.network)
  terminal.note(`plain Python node at ${url}`)
  const identity = await walletIdentity(walletFolder(dataFolder(options.dataDir)))
  // It does not say of which network it is.
  const flags = ['--node', url, ...networkFlags(options, network.name)]
  const client = clientOf(terminal, url, { flags })
  const workMs = options.timeout === undefined ? undefined : options.timeout * 1000
  return { api: new PythonNodeApi(client, network.rules, workMs), network, identity, flags }
}
