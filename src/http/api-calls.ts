import { z } from 'zod'
import {
  balanceQuerySchema,
  balanceSchema,
  blockIdSchema,
  blockPageSchema,
  eventsQuerySchema,
  foundBlockSchema,
  foundTransactionSchema,
  healthSchema,
  historyQuerySchema,
  historySchema,
  minedBlockSchema,
  nodeEventSchema,
  peerAddress,
  peersSchema,
  pendingPageSchema,
  pendingQuerySchema,
  rangeQuerySchema,
  removedPeersSchema,
  resolutionSchema,
  statusSchema,
  transactionIdSchema,
} from '../api/schemas.js'
import { answer, type CallSchema, refusals } from './call-schema.js'

/** Descriptions of the calls of our own. */
export const apiCalls = {
  status: {
    operationId: 'getStatus',
    tags: ['node'],
    summary: 'The node at a glance',
    response: { 200: answer(statusSchema, 'As it is now.'), ...refusals() },
  },
  mine: {
    operationId: 'mineBlock',
    tags: ['node'],
    summary: 'Mine a block',
    description: 'Searches are done one at a time; a search ends when the one who asked for it hangs up.',
    response: { 200: answer(minedBlockSchema, 'The block.'), ...refusals('shutting-down', 'cannot-write') },
  },
  blocks: {
    operationId: 'listBlocks',
    tags: ['chain'],
    summary: 'Blocks, from a height on',
    description: 'Fewer than asked for where they come to more than 1 MiB, but one if there is one.',
    querystring: rangeQuerySchema,
    response: { 200: answer(blockPageSchema, 'The blocks.'), ...refusals('bad-request', 'store-damaged') },
  },
  block: {
    operationId: 'getBlock',
    tags: ['chain'],
    summary: 'A block',
    params: z.object({ id: blockIdSchema }),
    response: {
      200: answer(foundBlockSchema, 'The block.'),
      ...refusals('bad-request', 'ambiguous', 'not-found', 'store-damaged'),
    },
  },
  transaction: {
    operationId: 'getTransaction',
    tags: ['chain'],
    summary: 'A transaction, and where it stands',
    params: z.object({ id: transactionIdSchema }),
    response: {
      200: answer(foundTransactionSchema, 'The transaction, pending or in the chain.'),
      ...refusals('bad-request', 'ambiguous', 'not-found', 'store-damaged'),
    },
  },
  history: {
    operationId: 'getHistory',
    tags: ['chain'],
    summary: 'The transactions in the chain that name an address',
    querystring: historyQuerySchema,
    response: { 200: answer(historySchema, 'The last ones first.'), ...refusals('bad-request', 'store-damaged') },
  },
  balance: {
    operationId: 'getBalance',
    tags: ['chain'],
    summary: 'What an address got, less what it sent',
    querystring: balanceQuerySchema,
    response: { 200: answer(balanceSchema, 'The balance.'), ...refusals('bad-request', 'store-damaged') },
  },
  pending: {
    operationId: 'listPending',
    tags: ['chain'],
    summary: 'The transactions that wait for a block',
    querystring: pendingQuerySchema,
    response: { 200: answer(pendingPageSchema, 'How many there are, and the first.'), ...refusals('bad-request') },
  },
  events: {
    operationId: 'followEvents',
    tags: ['node'],
    summary: 'What happens on the node, as it happens',
    description:
      'Server-sent events. `event` is the type and `data` one line of JSON. The first event is `listening`, or `missed` where some since the last known one are gone. `id` is what to ask with, as `after` or in `Last-Event-ID`, for those that follow. The page to try the API cannot show it; `curl -N` can.',
    querystring: eventsQuerySchema,
    headers: z.looseObject({
      'last-event-id': z.string().optional().describe('As `after`; a browser that comes back sends it by itself.'),
    }),
    response: {
      200: answer(nodeEventSchema.meta({ id: 'NodeEvent' }), 'The `data` of each event.', 'text/event-stream'),
      ...refusals('bad-request', 'too-many-clients'),
    },
  },
  peers: {
    operationId: 'listPeers',
    tags: ['peers'],
    summary: 'The registered peers, and what came of asking them',
    response: { 200: answer(peersSchema, 'The peers.'), ...refusals() },
  },
  removePeer: {
    operationId: 'removePeer',
    tags: ['peers'],
    summary: 'Remove a peer',
    params: z.object({ address: peerAddress }),
    response: {
      200: answer(removedPeersSchema, 'The peers that are left.'),
      ...refusals('bad-peer-address', 'not-found', 'cannot-write'),
    },
  },
  resolve: {
    operationId: 'resolve',
    tags: ['peers'],
    summary: 'Adopt the longest valid chain among the peers, and say of each why it was taken or not',
    response: { 200: answer(resolutionSchema, 'What came of it.'), ...refusals('shutting-down', 'cannot-write') },
  },
  health: {
    operationId: 'getHealth',
    tags: ['service'],
    summary: 'Whether the node answers',
    response: { 200: answer(healthSchema, 'It does.'), ...refusals() },
  },
  metrics: {
    operationId: 'getMetrics',
    tags: ['service'],
    summary: 'Figures for Prometheus',
    response: { 200: answer(z.string(), 'In the text format of Prometheus.', 'text/plain'), ...refusals() },
  },
  openapi: {
    operationId: 'getDescription',
    tags: ['service'],
    summary: 'This description',
    response: { 200: answer(z.looseObject({ openapi: z.string() }), 'An OpenAPI document.'), ...refusals() },
  },
} satisfies Record<string, CallSchema>
