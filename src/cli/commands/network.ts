import { existsSync } from 'node:fs'
import { allNetworks, findNetwork, networkFile, writeNetwork } from '../../config/network-files.js'
import { dataFolder, FOLDER_NAME } from '../../config/paths.js'
import type { Network } from '../../consensus/network.js'
import { BUILT_IN_NETWORKS, newNetworkName, TUTORIAL_RULES } from '../../consensus/networks.js'
import type { TutorialRulesName } from '../../consensus/tutorial/definition.js'
import { commandLine } from '../command-line.js'
import { noNetwork } from '../nodes/network-homes.js'
import { type Column, fields, table } from '../table.js'
import { type Terminal, UsageError } from '../terminal.js'
import { grouped } from '../text.js'

export interface NewNetworkOptions {
  readonly rules: string
  readonly zeros: number
}

const COLUMNS: readonly Column[] = [
  { head: 'network' },
  { head: 'rules' },
  { head: 'zeros', align: 'right' },
  { head: 'hashes a block takes', align: 'right' },
]
/** Names of folders beside those of the networks. */
const TAKEN = ['networks', 'wallets']

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

/** `chain network new`: nodes that are to be its peers need the same rules and zeros, whatever name they give it. */
export async function newNetwork(
  terminal: Terminal,
  { rules, zeros }: NewNetworkOptions,
  given?: string,
): Promise<void> {
  const { options } = terminal
  if (!isTutorialRules(rules)) {
    const choice = `--rules ${TUTORIAL_RULES.join(' or --rules ')}`
    throw new UsageError(`there are no rules ${JSON.stringify(rules)} with zeros`, choice)
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
  if (!FOLDER_NAME.test(name) || TAKEN.includes(name)) {
    throw new UsageError(`${JSON.stringify(name)} cannot name a network`, 'use small letters, digits and dashes')
  }
  const data = dataFolder(terminal.options.dataDir)
  if (findNetwork(data, name) !== undefined) {
    throw new UsageError(`there is a network ${name} already`, commandLine(options, `network show ${name}`))
  }
  const network = writeNetwork(data, name, { rules, zeros })
  showOne(terminal, data, network)
  if (same !== undefined)
    terminal.note(`its nodes can be peers of those of network ${same.name}: the rules are the same`)
  terminal.note(`to run a node of it: ${commandLine(options, `serve --network ${name}`)}`)
  terminal.note(`for others to join, on their machines: chain network new ${name} --rules ${rules} --zeros ${zeros}`)
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
