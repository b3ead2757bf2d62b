import { readDefaults } from '../../config/defaults.js'
import { findNetwork, removeNetwork as removeDefinition } from '../../config/network-files.js'
import { dataFolder } from '../../config/paths.js'
import type { NetworkDefinition } from '../../consensus/network.js'
import { BUILT_IN_NETWORKS } from '../../consensus/networks.js'
import { DefinitionDamaged } from '../../primitives/errors.js'
import { commandLine } from '../command-line.js'
import { EXIT } from '../exit-codes.js'
import { homesOfNetwork, noNetwork } from '../nodes/network-homes.js'
import { askConsent } from '../prompts.js'
import { type Terminal, UsageError } from '../terminal.js'
import { counted } from '../text.js'

/** `chain network remove`: forgets a definition. The nodes of it stay as they are, and can be used again with the same definition. */
export async function removeNetwork(terminal: Terminal, name: string): Promise<void> {
  const { options } = terminal
  const data = dataFolder(options.dataDir)
  if (BUILT_IN_NETWORKS.some((network) => network.name === name)) {
    throw new UsageError(`network ${name} comes with the program`, 'one of your own can be removed')
  }
  const definition = definitionOf(data, name)
  if (definition === undefined) throw noNetwork(options, name)
  const { folder, names, holder } = homesOfNetwork(options, name)
  if (holder !== undefined) {
    throw new UsageError(`a node of network ${name} is held by ${holder}`, 'end that first', EXIT.failure)
  }
  const kept =
    names.length === 0
      ? ''
      : `; what its ${counted(names.length, 'node')} ${names.length === 1 ? 'has' : 'have'} stays in ${folder}`
  await askConsent(terminal, `remove the definition of network ${name}${kept}`)
  removeDefinition(data, name)
  terminal.result({ name, nodes: names }, `${terminal.paint.green('✔')} network ${name} is removed`)
  if (names.length > 0) terminal.note(`what its nodes have (${names.join(', ')}) stays in ${folder}`)
  if (names.length > 0 && definition !== 'damaged' && 'zeros' in definition) {
    const { rules, zeros } = definition
    const again = commandLine(options, `network new ${name} --rules ${rules} --zeros ${zeros}`)
    terminal.note(`to use them again: ${again}`)
  }
  if (readDefaults(data).network === name) {
    terminal.note(
      `commands that name no network still take it: ${commandLine(options, 'config set network')} ends that`,
    )
  }
}

function definitionOf(data: string, name: string): NetworkDefinition | 'damaged' | undefined {
  try {
    return findNetwork(data, name)?.definition
  } catch (error) {
    if (error instanceof DefinitionDamaged) return 'damaged'
    throw error
  }
}
