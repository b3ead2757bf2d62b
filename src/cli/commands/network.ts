import { existsSync } from 'node:fs'
import { allNetworks, findNetwork, isNetworkName, networkFile, writeNetwork } from '../../config/network-files.js'
import { dataFolder } from '../../config/paths.js'
import type { Network } from '../../consensus/network.js'
import { BUILT_IN_NETWORKS, DEFAULT_ZEROS, newNetworkName, TUTORIAL_RULES } from '../../consensus/networks.js'
import { newDefinition, SECURE, type SecureDefinition } from '../../consensus/secure/definition.js'
import type { TutorialRulesName } from '../../consensus/tutorial/definition.js'
import { commandLine } from '../command-line.js'
import { noNetwork } from '../nodes/network-homes.js'
import { type Column, fields, table } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { grouped } from '../text.js'

export interface NewNetworkOptions {
  readonly rules?: string
  readonly zeros?: number
  /** Seconds that a block is to take; of secure networks. */
  readonly blockTime?: number
}

const COLUMNS: readonly Column[] = [
  { head: 'network', narrow: 'whole' },
  { head: 'rules', narrow: 'omit' },
  { head: 'zeros', align: 'right' },
  { head: 'hashes a block takes', align: 'right' },
]

/** `chain network list` */
export async function listNetworks(terminal: Terminal): Promise<void> {
  const networks = allNetworks(dataFolder(terminal.options.dataDir), ({ message, network }) =>
    terminal.warn(`${message}; mend it, or: ${commandLine(terminal.options, `network remove ${network}`)}`),
  )
  terminal.result({ networks: networks.map(documentOf) }, () => {
    const rows = networks.map(({ name, definition, firstWork }) => [
      name,
      definition.rules,
      'zeros' in definition ? String(definition.zeros) : '-',
      grouped(firstWork),
    ])
    return table(terminal, COLUMNS, rows)
  })
}

/** `chain network show` */
export async function showNetwork(terminal: Terminal, name: string): Promise<void> {
  const data = dataFolder(terminal.options.dataDir)
  const network = findNetwork(data, name)
  if (network === undefined) throw noNetwork(terminal.options, name)
  showOne(terminal, data, network)
}

/** `chain network new`: of the tutorial's rules with other zeros, or a secure one that nobody else has. */
export async function newNetwork(terminal: Terminal, options: NewNetworkOptions, given?: string): Promise<void> {
  // A network has no node that --name could choose: whoever types it means the network.
  const name = given ?? terminal.options.name
  const { blockTime, zeros, rules = blockTime === undefined ? 'tutorial' : SECURE.rules } = options
  if (rules === SECURE.rules) {
    if (zeros !== undefined)
      throw new UsageError('a secure network finds its difficulty by itself', 'leave --zeros out')
    newSecureNetwork(terminal, blockTime, name)
    return
  }
  if (blockTime !== undefined) {
    throw new UsageError(`blocks by the rules ${rules} take as long as their zeros have them take`, '--rules secure')
  }
  newTutorialNetwork(terminal, { rules, zeros: zeros ?? DEFAULT_ZEROS }, name)
}

/** Others join it with its file. */
function newSecureNetwork(terminal: Terminal, blockTime = SECURE.block_time, name: string | undefined): void {
  const { options } = terminal
  if (name === undefined) {
    const how = commandLine(options, 'network new NAME --rules secure')
    throw new UsageError('a secure network needs a name, which its id commits to', how)
  }
  const data = dataFolder(options.dataDir)
  requireFree(terminal, data, name)
  const definition = newDefinition(name, blockTime, Date.now() / 1000)
  requireOwnAddresses(terminal, data, definition)
  const network = writeNetwork(data, name, definition)
  showOne(terminal, data, network)
  terminal.note(`to run a node of it: ${commandLine(options, `serve --network ${name}`)}`)
  terminal.note(
    `for others to join, with a copy of ${networkFile(data, name)}: chain serve --network ${name}.json --peer http://HOST:PORT`,
  )
}

/** Nodes that are to be its peers need the same rules and zeros, whatever name they give it. */
function newTutorialNetwork(
  terminal: Terminal,
  { rules, zeros }: { rules: string; zeros: number },
  given: string | undefined,
): void {
  const { options } = terminal
  if (!isTutorialRules(rules)) {
    const choice = `--rules ${[...TUTORIAL_RULES, SECURE.rules].join(' or --rules ')}`
    throw new UsageError(`there are no rules ${JSON.stringify(rules)}`, choice)
  }
  const same = BUILT_IN_NETWORKS.find(
    ({ definition }) => definition.rules === rules && 'zeros' in definition && definition.zeros === zeros,
  )
  if (given === undefined && same !== undefined) {
    const flags = rules === 'tutorial' ? '' : ` --rules ${rules}`
    throw new UsageError(
      `${zeros} zeros by the rules ${rules} are network ${same.name} itself, which comes with the program`,
      `other zeros: ${commandLine(options, `network new${flags} --zeros ${zeros + 1}`)}; or a name of its own: ${commandLine(options, `network new NAME${flags}`)}`,
    )
  }
  const name = given ?? newNetworkName({ rules, zeros })
  const data = dataFolder(options.dataDir)
  requireFree(terminal, data, name)
  const network = writeNetwork(data, name, { rules, zeros })
  showOne(terminal, data, network)
  if (same !== undefined)
    terminal.note(`its nodes can be peers of those of network ${same.name}: the rules are the same`)
  terminal.note(`to run a node of it: ${commandLine(options, `serve --network ${name}`)}`)
  terminal.note(`for others to join, on their machines: chain network new ${name} --rules ${rules} --zeros ${zeros}`)
}

function requireFree({ options }: Terminal, data: string, name: string): void {
  if (!isNetworkName(name)) {
    throw new UsageError(
      `${JSON.stringify(name)} cannot name a network`,
      'use up to 64 small letters, digits and dashes',
    )
  }
  if (findNetwork(data, name) !== undefined) {
    throw new UsageError(`there is a network ${name} already`, commandLine(options, `network show ${name}`))
  }
}

/** Else an address of the other network would be taken for one of this. @throws UsageError */
function requireOwnAddresses({ options }: Terminal, data: string, { name, hrp }: SecureDefinition): void {
  const others = allNetworks(data, () => {})
  const other = others.find(({ definition }) => 'hrp' in definition && definition.hrp === hrp)
  if (other === undefined) return
  throw new UsageError(
    `addresses of ${name} would begin with ${hrp}1, as those of network ${other.name} do`,
    `take a name that begins otherwise: ${commandLine(options, `network new my-${name} --rules secure`)}`,
  )
}

function showOne(terminal: Terminal, data: string, network: Network): void {
  const { name, title, definition, facts, firstWork } = network
  const file = networkFile(data, name)
  terminal.result(documentOf(network), () =>
    fields(
      [
        ['network', name],
        ['rules', `${definition.rules}: ${title}`],
        ...facts,
        ['hashes', `a block takes ${grouped(firstWork)} on average${'zeros' in definition ? '' : ', at first'}`],
        ['defined', existsSync(file) ? file : 'by the program'],
      ],
      terminal.paint.dim,
    ),
  )
}

function documentOf({ name, title, definition, id }: Network) {
  // As a whole, so that it can be kept as a file, and changed.
  return id === undefined ? { name, title, ...definition } : { name, title, rules: definition.rules, id, definition }
}

function isTutorialRules(text: string): text is TutorialRulesName {
  return TUTORIAL_RULES.some((name) => name === text)
}
