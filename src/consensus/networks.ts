import type { Network, NetworkDefinition } from './network.js'
import { DEV, SECURE } from './secure/definition.js'
import { secureNetwork } from './secure/network.js'
import type { TutorialDefinition, TutorialRulesName } from './tutorial/definition.js'
import { tutorialNetwork } from './tutorial/network.js'
import type { Edition } from './tutorial/proof.js'

/** The article's zeros. */
export const DEFAULT_ZEROS = 4

const TUTORIAL: Readonly<Record<TutorialRulesName, { edition: Edition; title: string }>> = {
  tutorial: { edition: 'article', title: 'the article "Learn Blockchains by Building One"' },
  'tutorial-bound': {
    edition: 'bound',
    title: 'the program that accompanies the article today: a proof also binds the block before',
  },
}

/** The tutorial's rule sets, which a network can be made of with zeros of one's own. */
export const TUTORIAL_RULES = Object.keys(TUTORIAL) as TutorialRulesName[]

/** The networks that every copy of the program knows. */
export const BUILT_IN_NETWORKS: readonly Network[] = [
  // Named after their rules.
  ...TUTORIAL_RULES.map((rules) => definedNetwork(rules, { rules, zeros: DEFAULT_ZEROS })),
  secureNetwork('signed and funded transactions; the most work wins', SECURE),
  secureNetwork('the secure rules with instant blocks, for developing against', DEV),
]

/** What a network is called whose maker gives it no name. */
export function newNetworkName({ rules, zeros }: TutorialDefinition): string {
  return `${rules}-${zeros}`
}

/** Makes a network of its definition. @param name what it is called here; a secure one is called so everywhere */
export function definedNetwork(name: string, definition: NetworkDefinition): Network {
  if (definition.rules === 'secure')
    return secureNetwork('signed and funded transactions; the most work wins', definition)
  const { rules, zeros } = definition
  const { edition, title } = TUTORIAL[rules]
  const withZeros = zeros === DEFAULT_ZEROS ? title : `${title}; a proof's hash begins with ${zeros} zeros`
  const otherRules = TUTORIAL_RULES.find((other) => other !== rules)
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
