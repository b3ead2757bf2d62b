import type { Network, NetworkDefinition, RulesName } from './network.js'
import { tutorialNetwork } from './tutorial/network.js'
import type { Edition } from './tutorial/proof.js'

/** The article's zeros. */
export const DEFAULT_ZEROS = 4

const TUTORIAL: Readonly<Record<RulesName, { edition: Edition; title: string }>> = {
  tutorial: { edition: 'article', title: 'the article "Learn Blockchains by Building One"' },
  'tutorial-bound': {
    edition: 'bound',
    title: 'the program that accompanies the article today: a proof also binds the block before',
  },
}

/** The rule sets that a network can be made of. */
export const RULES_NAMES = Object.keys(TUTORIAL) as RulesName[]

/** The networks that every copy of the program knows, each named after its rules. */
export const BUILT_IN_NETWORKS: readonly Network[] = RULES_NAMES.map((rules) =>
  definedNetwork(rules, { rules, zeros: DEFAULT_ZEROS }),
)

/** What a network is called whose maker gives it no name. */
export function newNetworkName({ rules, zeros }: NetworkDefinition): string {
  return `${rules}-${zeros}`
}

/** Makes a network of its definition. */
export function definedNetwork(name: string, definition: NetworkDefinition): Network {
  const { rules, zeros } = definition
  const { edition, title } = TUTORIAL[rules]
  const withZeros = zeros === DEFAULT_ZEROS ? title : `${title}; a proof's hash begins with ${zeros} zeros`
  const otherRules = RULES_NAMES.find((other) => other !== rules)
  return tutorialNetwork({
    name,
    title: withZeros,
    definition,
    edition,
    otherEdition: name === rules ? otherRules : undefined,
  })
}

export function networkNamed(name: string): Network | undefined {
  return BUILT_IN_NETWORKS.find((network) => network.name === name)
}
