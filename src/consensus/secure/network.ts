import type { Network } from '../network.js'
import { isReject } from '../reject.js'
import type { SecureBlock } from './block.js'
import { bitsOfText, blockWork, targetOf } from './compact-target.js'
import type { SecureDefinition } from './definition.js'
import { describeBlock, describeTransaction } from './description.js'
import { COIN, parseCoins } from './money.js'
import { secureSigning } from './payment.js'
import { SecureRules } from './rules.js'

export function secureNetwork(title: string, definition: SecureDefinition): Network<SecureBlock> {
  const rules = new SecureRules(definition)
  const { name, hrp, block_time, genesis_bits, subsidy } = definition
  return Object.freeze({
    name,
    title,
    definition,
    rules,
    id: rules.networkId,
    isGuarded: true,
    otherEdition: undefined,
    facts: [
      ['id', rules.networkId],
      ['addresses', `${hrp}1...`],
      ['blocks', definition.smoothing === 0 ? 'as fast as they are found' : `one in ${block_time} s`],
      ['reward', `${subsidy / COIN} coins at first`],
    ],
    firstWork: Number(blockWork(targetOf(bitsOfText(genesis_bits))!)),
    checkAmount: (text: string) => {
      const grains = parseCoins(text)
      return isReject(grains) ? grains : undefined
    },
    signing: secureSigning(definition, rules.networkId),
    describeBlock,
    describeTransaction,
  } satisfies Network<SecureBlock>)
}
