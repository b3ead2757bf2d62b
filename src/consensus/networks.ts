import type { Network } from './network.js'
import { tutorialNetwork } from './tutorial/network.js'

const BUILT_IN: readonly Network[] = [
  tutorialNetwork({
    name: 'tutorial',
    title: 'the article "Learn Blockchains by Building One"',
    edition: 'article',
    zeros: 4,
    otherEdition: 'tutorial-bound',
  }),
  tutorialNetwork({
    name: 'tutorial-bound',
    title: 'the program that accompanies the article today: a proof also binds the block before',
    edition: 'bound',
    zeros: 4,
    otherEdition: 'tutorial',
  }),
]

export function networkNames(): string[] {
  return BUILT_IN.map((network) => network.name)
}

export function networkNamed(name: string): Network | undefined {
  return BUILT_IN.find((network) => network.name === name)
}
