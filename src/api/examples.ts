/** What the description of the API shows: the first two blocks of a tutorial node. */

const GENESIS_HASH = 'c099bc76471bfdd48ae262ba832388af2b87904924730633db415994fb82bfb7'

export const EXAMPLE_ADDRESS = 'alice'
export const EXAMPLE_PEER = '192.168.0.5:5000'
export const EXAMPLE_TIME = 1506280664.717925

export const EXAMPLE_TRANSACTION = { sender: EXAMPLE_ADDRESS, recipient: 'bob', amount: 5 }

export const EXAMPLE_BLOCK = {
  index: 2,
  timestamp: EXAMPLE_TIME,
  transactions: [EXAMPLE_TRANSACTION, { sender: '0', recipient: '8bbcb347e0634905b0cac7955bae152b', amount: 1 }],
  proof: 35293,
  previous_hash: GENESIS_HASH,
}

/** Of the block. */
export const EXAMPLE_HASH = '5cd76a9f5db388e36d8db7b2a05126257df00f61275fc7e980d08b7a1a45b2cb'
