import { z } from 'zod'
import { EXAMPLE_PEER, EXAMPLE_TRANSACTION } from './examples.js'
import { address, blockJson, count, hash, height, named, peerAddress, transactionJson } from './schemas.js'

/** Requests and answers of the tutorial's five calls, as our nodes have them: the texts of a node in Python may be others. */

const blocksJson = z.array(blockJson)

export const forgedBlockSchema = named('ForgedBlock', {
  message: z.literal('New Block Forged'),
  index: height,
  transactions: z.array(transactionJson),
  proof: count,
  previous_hash: hash,
})

/** What may be asked for; which amounts and addresses there are, the network's rules know. */
export const paymentSchema = z
  .object({
    sender: address.min(1).describe('Who pays, not "0".'),
    recipient: address.min(1).meta({ examples: [EXAMPLE_TRANSACTION.recipient] }),
    amount: z
      .number()
      .positive()
      .meta({ description: 'Any number above zero, and an integer of any size: it stays exact.', examples: [5] }),
  })
  .meta({ examples: [EXAMPLE_TRANSACTION] })

export const acceptedSchema = named('Accepted', {
  message: z
    .string()
    .regex(/Block \d+$/)
    .meta({ examples: ['Transaction will be added to Block 3'] }),
})

export const chainSchema = named('Chain', { chain: blocksJson, length: count.describe('Blocks in the chain.') })

export const registerSchema = z
  .object({ nodes: z.array(z.string()).describe('host:port, with http:// before it or without.') })
  .meta({ examples: [{ nodes: [`http://${EXAMPLE_PEER}`] }] })

export const registeredSchema = named('Registered', {
  message: z.literal('New nodes have been added'),
  total_nodes: z.array(peerAddress),
})

export const resolvedSchema = z
  .union([
    z.object({ message: z.literal('Our chain was replaced'), new_chain: blocksJson }),
    z.object({ message: z.literal('Our chain is authoritative'), chain: blocksJson }),
  ])
  .meta({ id: 'Resolved' })
