import { z } from 'zod'
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from '../primitives/json/value.js'
import {
  EXAMPLE_ADDRESS,
  EXAMPLE_BLOCK,
  EXAMPLE_HASH,
  EXAMPLE_PEER,
  EXAMPLE_TIME,
  EXAMPLE_TRANSACTION,
} from './examples.js'

/**
 * The answers of the API, once for the server, the client, the description of the API and the types. Answers
 * with blocks or transactions are read with exact numbers; the numbers of our own in them are plain ones again.
 */

const plain = (value: unknown): unknown => (value instanceof JsonNumber ? value.toNumber() : value)

/** An object that the description of the API lists under a name. */
export const named = <S extends z.ZodRawShape>(id: string, shape: S) => z.object(shape).meta({ id })

export const count = z.preprocess(plain, z.number().int().min(0))
export const height = z
  .preprocess(plain, z.number().int().min(1))
  .meta({ description: 'Place in the chain, counted from 1.', examples: [EXAMPLE_BLOCK.index] })
const milliseconds = z.preprocess(plain, z.number().min(0)).meta({ description: 'Milliseconds.', examples: [33.7] })
const seconds = z
  .preprocess(plain, z.number())
  .meta({ description: 'Seconds since 1970, with a fraction.', examples: [EXAMPLE_TIME] })
export const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ examples: [EXAMPLE_HASH] })
const hexText = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))
export const address = z.string().meta({ examples: [EXAMPLE_ADDRESS] })
export const peerAddress = z.string().meta({ description: 'host:port', examples: [EXAMPLE_PEER] })
// Examples are given as plain JSON: JsonNumber is how the values are read, not how they look.
export const blockJson = z
  .custom<JsonObject>((value) => isJsonObject(value as JsonValue))
  .meta({
    id: 'Block',
    type: 'object',
    description: 'A block as the network hashes it, with exact numbers. One of a peer may have other fields.',
    examples: [EXAMPLE_BLOCK as never],
  })
/** A block as a body: without an id, as the same form is described where it is an answer. */
export const offeredBlockSchema = z
  .looseObject({})
  .meta({ description: 'A block as its network prints it.', examples: [EXAMPLE_BLOCK as never] })
export const transactionJson = z
  .custom<JsonValue>((value) => value !== undefined)
  .meta({
    id: 'Transaction',
    description:
      'A transaction as the network hashes it, with exact numbers. In the block of a peer it may be any JSON.',
    examples: [EXAMPLE_TRANSACTION as never],
  })

export const healthSchema = named('Health', { status: z.literal('ok') })

export const miningProgressSchema = named('MiningProgress', {
  hashes: count,
  elapsedMs: milliseconds,
  expectedHashes: z.preprocess(plain, z.number().min(1)).describe('Hashes that a search takes on average.'),
})

export type MiningProgress = z.infer<typeof miningProgressSchema>

export const syncProgressSchema = named('SyncProgress', {
  blocks: count.describe('Blocks that were fetched and checked so far.'),
  total: count.describe('Blocks that were missing when it began.'),
})
export type SyncProgress = z.infer<typeof syncProgressSchema>

export const statusSchema = named('Status', {
  version: z.string(),
  network: z.string(),
  identity: address.describe('What the node calls itself.'),
  rewardsTo: address.nullable().describe('Whom its rewards go to; null where that has to be named, and nobody was.'),
  length: count.describe('Blocks in the chain.'),
  tip: hash.describe('Hash of the last block.'),
  pending: count,
  peers: count,
  mining: miningProgressSchema.nullable().describe('The search that is under way.'),
  syncing: syncProgressSchema.nullable().describe('How far the fetching of blocks is that is under way.'),
})
export type NodeStatus = z.infer<typeof statusSchema>

export const listedBlockSchema = named('ListedBlock', { height, hash, block: blockJson })
/** A block as a client sees it: its JSON exact, and what the chain knows of it. */
export type ListedBlock = z.infer<typeof listedBlockSchema>

export const blockPageSchema = named('BlockPage', {
  length: count.describe('Blocks in the whole chain.'),
  blocks: z.array(listedBlockSchema),
})
export type BlockPage = z.infer<typeof blockPageSchema>

export const foundBlockSchema = named('FoundBlock', {
  ...listedBlockSchema.shape,
  length: count.describe('Blocks in the whole chain.'),
})
export type FoundBlock = z.infer<typeof foundBlockSchema>

export const minedBlockSchema = named('MinedBlock', {
  ...listedBlockSchema.shape,
  hashes: count.nullable().describe('Hashes that the search took; null where the node does not say.'),
  elapsedMs: milliseconds,
})
export type MinedBlock = z.infer<typeof minedBlockSchema>

const placeSchema = named('Place', {
  height,
  position: count.describe('Place in the block, counted from 0.'),
})
const placedSchema = placeSchema.extend({
  blockHash: hash,
  time: seconds.nullable().describe('When its block says that it was made; null where it says nothing that is a time.'),
})

export const foundTransactionSchema = named('FoundTransaction', {
  id: hash.describe('SHA-256 of the transaction as the network hashes it: equal ones have the same.'),
  transaction: transactionJson,
  pending: count.describe('How many of it wait for a block.'),
  places: z.array(placedSchema).describe('Where it stands in the chain, the last place first.'),
  more: z.boolean().describe('Whether there are further places.'),
  length: count.describe('Blocks in the whole chain.'),
})
export type FoundTransaction = z.infer<typeof foundTransactionSchema>

export const historySchema = named('History', {
  address,
  length: count.describe('Blocks in the whole chain.'),
  transactions: z
    .array(placedSchema.extend({ id: hash, transaction: transactionJson }))
    .describe('Those that name the address, the last one first.'),
  next: placeSchema.nullable().describe('The end of this page, to be given as "before" for the next; null at the end.'),
})
export type History = z.infer<typeof historySchema>

export const pendingPageSchema = named('PendingPage', {
  total: count.describe('Pending transactions in all.'),
  transactions: z
    .array(transactionJson)
    .describe('The first of them, in the order of their arrival; fewer than asked for where they are large.'),
})
export type PendingPage = z.infer<typeof pendingPageSchema>

export const balanceSchema = named('Balance', {
  address,
  amount: z.string().meta({ description: 'Exact decimal number.', examples: ['2.5'] }),
  uncounted: count.describe('Transactions whose amount is no number, and so is not in the sum.'),
  length: count.describe('Blocks in the chain that was asked.'),
  next: named('NextTransfer', {
    nonce: count.describe('The nonce of its next transfer.'),
    amount: z.string().meta({ description: 'What it may spend, a decimal number.', examples: ['2.5'] }),
  })
    .optional()
    .describe('What is behind the pending transactions, where these are signed.'),
})
export type AddressBalance = z.infer<typeof balanceSchema>

export const peerVerdictSchema = named('PeerVerdict', {
  peer: peerAddress,
  outcome: z.enum([
    /** Its chain is ours now. */
    'adopted',
    /** Valid and longer than ours, but another peer's was longer still. */
    'outdone',
    'equal',
    'shorter',
    'invalid',
    /** Valid for the tutorial's other edition. */
    'other-edition',
    /** Refused, unknown, or silent. */
    'unreachable',
    'too-slow',
    'too-large',
    /** It answered, but not with a chain. */
    'no-chain',
    /** On the secure networks: it gave what can never be valid, and is not asked for an hour. */
    'banned',
  ]),
  length: count.optional().describe('Blocks that were counted, up to the one that is at fault.'),
  block: height.optional().describe('The block that is at fault.'),
  message: z.string().describe('One sentence for people.'),
})
export type PeerVerdict = z.infer<typeof peerVerdictSchema>

export const peerSchema = named('Peer', {
  address: peerAddress,
  lastAnswer: peerVerdictSchema
    .omit({ peer: true })
    .extend({ at: seconds })
    .nullable()
    .describe('What came of asking it the last time; null since the node was started, it was not asked.'),
})
/** A registered peer. */
export type Peer = z.infer<typeof peerSchema>

export const peersSchema = named('Peers', { peers: z.array(peerSchema) })

export const submittedBlockSchema = named('SubmittedBlock', {
  hash,
  outcome: z
    .enum(['active', 'side', 'known', 'waiting'])
    .describe(
      'active: it is in the chain; side: it is valid, and its chain has not the most work; known: it was here already; waiting: it is judged when its parent, or its time, has come.',
    ),
  height: height.nullable().describe('Its place in its chain; null where that is not known yet.'),
  reason: z.string().nullable().describe('What it waits for; null where it waits for nothing.'),
})
export type SubmittedBlock = z.infer<typeof submittedBlockSchema>

export const miningTemplateSchema = named('MiningTemplate', {
  height,
  block: blockJson.describe('The next block, with a proof, an extra nonce and a version that are still to be found.'),
  header: hexText(160).describe(
    'Its 80 bytes. The first 4 are the version, the lowest byte first, of which the bits of versionMask are free; the last 4 are the proof.',
  ),
  target: hash.describe('The number that the hash, shown as it is, must not exceed.'),
  versionMask: hexText(8).describe('Bits of the version that are the miner’s.'),
  coinbaseId: hash.describe(
    'In the order in which it is hashed, followed by the 8 bytes of extra_nonce: SHA-256 twice of both is the first leaf of the merkle tree.',
  ),
  branch: z.array(hash).describe('What is hashed behind that leaf, from the bottom to the root, in the same order.'),
  goodForSeconds: seconds.nullable().describe('After that a newer one has a later time, and more transactions.'),
  notBefore: seconds.nullable().describe('Before that moment the block would be refused as ahead of time.'),
})
export type MiningTemplate = z.infer<typeof miningTemplateSchema>

export const headerPageSchema = named('HeaderPage', {
  length: count.describe('Blocks in the whole chain.'),
  headers: z.array(hexText(160)).describe('80 bytes each, one block after the other.'),
})
export type HeaderPage = z.infer<typeof headerPageSchema>

export const transactionProofSchema = named('TransactionProof', {
  id: hash,
  transaction: transactionJson,
  ...placeSchema.shape,
  header: hexText(160).describe('Of the block that holds it.'),
  branch: z
    .array(hash)
    .describe('What is hashed with its id, from the bottom to the root, in the order in which it is hashed.'),
  extraNonce: hexText(16)
    .nullable()
    .describe('What is hashed behind the id of a block’s first transaction before that; null of all others.'),
  length: count.describe('Blocks in the whole chain.'),
})
export type TransactionProof = z.infer<typeof transactionProofSchema>

/** What is left when one was removed. */
export const removedPeersSchema = named('RemainingPeers', { peers: z.array(peerAddress) })

export const resolutionSchema = named('Resolution', {
  replaced: z.boolean(),
  lengthBefore: count.describe('Blocks in our chain before.'),
  length: count.describe('Blocks in our chain after.'),
  forkedAt: count.nullable().describe('The last block that both chains have; 0 when not even the first.'),
  returned: count.describe('Transactions of replaced blocks that are pending again.'),
  asked: count.nullable().describe('Peers that were asked; null where the node does not say.'),
  verdicts: z.array(peerVerdictSchema),
  clockAhead: z
    .int()
    .nullable()
    .describe(
      'Seconds by which the clocks of the peers, in the median, are ahead of ours; null where none told the time.',
    ),
})
export type Resolution = z.infer<typeof resolutionSchema>

const eventOf = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape })

/** What happens on a node, as it happens. */
export const nodeEventSchema = z.discriminatedUnion('type', [
  eventOf('block', {
    height,
    hash,
    time: seconds.nullable(),
    transactions: count.describe('How many it holds, the reward included.'),
    mined: z.boolean().describe('Whether it was found here; else it came from elsewhere.'),
  }).describe('There is a next block.'),
  eventOf('chain-replaced', {
    peer: peerAddress.nullable().describe('Whose chain it was; null where its blocks came one by one.'),
    lengthBefore: count,
    length: count,
    tip: hash,
    forkedAt: count,
    returned: count,
  }).describe('Another chain became ours.'),
  eventOf('transaction', { id: hash, transaction: transactionJson }).describe('A transaction became pending.'),
  eventOf('transaction-dropped', { id: hash, code: z.string(), message: z.string() }).describe(
    'A transaction that was pending, or stood in a block that was replaced, cannot stand in a next one: why.',
  ),
  eventOf('peer', { peer: peerAddress, change: z.enum(['added', 'removed']) }).describe(
    'A peer was registered or removed.',
  ),
  eventOf('peer-answer', { ...peerVerdictSchema.shape }).describe('A peer was asked for its chain.'),
  eventOf('mining', { progress: miningProgressSchema.nullable() }).describe(
    'How the search stands; null when it is over. Not repeated to who comes later.',
  ),
  eventOf('syncing', { progress: syncProgressSchema.nullable() }).describe(
    'How far the fetching of blocks is; null when it is over. Not repeated to who comes later.',
  ),
  eventOf('listening', {}).describe('The first event: from here on nothing is missed.'),
  eventOf('missed', {}).describe('Some events are gone: what was known of the node may be out of date.'),
])
export type NodeEvent = z.infer<typeof nodeEventSchema>

export const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
})
