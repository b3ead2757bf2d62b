import type { FastifyInstance, RouteShorthandOptions } from 'fastify'
import type { z } from 'zod'
import { exactJson } from '../api/documents.js'
import { ApiError } from '../api/errors.js'
import type { ServedNode } from '../api/node-api.js'
import {
  balanceQuerySchema,
  blockIdSchema,
  historyQuerySchema,
  noQuerySchema,
  pendingQuerySchema,
  rangeQuerySchema,
  transactionIdSchema,
} from '../api/schemas.js'
import { concatBytes, utf8 } from '../primitives/bytes.js'
import { answerBytes, answerJson } from './answers.js'
import { eventRoute } from './event-route.js'
import { queryOf } from './query.js'
import { goneSignal } from './tutorial-routes.js'

const WITHOUT_QUERY: RouteShorthandOptions = {
  preHandler: async ({ query }) => void queryOf(noQuerySchema, query),
}

/** The calls of our own, which the command line uses. */
export function apiRoutes(app: FastifyInstance, api: ServedNode): void {
  app.get('/api/health', WITHOUT_QUERY, async () => ({ status: 'ok' }))

  app.get('/api/status', WITHOUT_QUERY, () => api.status())

  app.post('/api/mine', WITHOUT_QUERY, async (_request, reply) => {
    return answerJson(reply, exactJson(await api.mine({ signal: goneSignal(reply) })))
  })

  app.get('/api/blocks', async (request, reply) => {
    const { length, blocks } = await api.blockTexts(queryOf(rangeQuerySchema, request.query))
    const listed = blocks.flatMap(({ height, hash, json }, i) => [
      utf8(`${i === 0 ? '' : ', '}{"block": `),
      json,
      utf8(`, "hash": "${hash}", "height": ${height}}`),
    ])
    // The blocks are JSON already: reading and printing them again would take longer than all the rest.
    return answerBytes(reply, concatBytes([utf8('{"blocks": ['), ...listed, utf8(`], "length": ${length}}\n`)]))
  })

  app.get('/api/pending', async (request, reply) => {
    return answerJson(reply, exactJson(await api.pending(queryOf(pendingQuerySchema, request.query))))
  })

  app.get<{ Params: { id: string } }>('/api/blocks/:id', WITHOUT_QUERY, async (request, reply) => {
    return answerJson(reply, exactJson(await api.block(idOf(blockIdSchema, request.params.id, 'block'))))
  })

  app.get<{ Params: { id: string } }>('/api/transactions/:id', WITHOUT_QUERY, async (request, reply) => {
    return answerJson(
      reply,
      exactJson(await api.transaction(idOf(transactionIdSchema, request.params.id, 'transaction'))),
    )
  })

  app.get('/api/history', async (request, reply) => {
    return answerJson(reply, exactJson(await api.history(queryOf(historyQuerySchema, request.query))))
  })

  app.get('/api/balance', (request) => api.balance(queryOf(balanceQuerySchema, request.query).address))

  app.get('/api/peers', WITHOUT_QUERY, async () => ({ peers: await api.peers() }))

  app.delete<{ Params: { address: string } }>('/api/peers/:address', WITHOUT_QUERY, async (request) => ({
    peers: await api.removePeer(request.params.address),
  }))

  eventRoute(app, api)

  app.post('/api/resolve', WITHOUT_QUERY, (_request, reply) => api.resolve({ signal: goneSignal(reply) }))
}

function idOf<T>(schema: z.ZodType<T>, text: string, what: string): T {
  const parsed = schema.safeParse(text.toLowerCase())
  if (parsed.success) return parsed.data
  throw new ApiError('bad-request', `a ${what} ${parsed.error.issues[0]!.message}`)
}
