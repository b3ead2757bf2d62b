import type { FastifyInstance, RouteShorthandOptions } from 'fastify'
import { minedJson } from '../api/documents.js'
import type { ServedNode } from '../api/node-api.js'
import { balanceQuerySchema, noQuerySchema, pendingQuerySchema, rangeQuerySchema } from '../api/schemas.js'
import { concatBytes, utf8 } from '../primitives/bytes.js'
import { JsonNumber, jsonObject } from '../primitives/json/value.js'
import { queryOf } from './query.js'
import { answerJson, goneSignal } from './tutorial-routes.js'

const WITHOUT_QUERY: RouteShorthandOptions = {
  preHandler: async ({ query }) => void queryOf(noQuerySchema, query),
}

/** The calls of our own, which the command line uses. */
export function apiRoutes(app: FastifyInstance, api: ServedNode): void {
  app.get('/api/health', WITHOUT_QUERY, async () => ({ status: 'ok' }))

  app.get('/api/status', WITHOUT_QUERY, () => api.status())

  app.post('/api/mine', WITHOUT_QUERY, async (_request, reply) => {
    return answerJson(reply, minedJson(await api.mine({ signal: goneSignal(reply) })))
  })

  app.get('/api/blocks', async (request, reply) => {
    const { length, blocks } = await api.blockTexts(queryOf(rangeQuerySchema, request.query))
    const listed = blocks.flatMap(({ height, hash, json }, i) => [
      utf8(`${i === 0 ? '' : ', '}{"block": `),
      json,
      utf8(`, "hash": "${hash}", "height": ${height}}`),
    ])
    // The blocks are JSON already: reading and printing them again would take longer than all the rest.
    const answer = concatBytes([utf8('{"blocks": ['), ...listed, utf8(`], "length": ${length}}\n`)])
    return reply.type('application/json').send(answer)
  })

  app.get('/api/pending', async (request, reply) => {
    const { total, transactions } = await api.pending(queryOf(pendingQuerySchema, request.query))
    return answerJson(reply, jsonObject({ total: JsonNumber.integer(total), transactions: [...transactions] }))
  })

  app.get('/api/balance', (request) => api.balance(queryOf(balanceQuerySchema, request.query).address))

  app.get('/api/peers', WITHOUT_QUERY, async () => ({ peers: await api.peers() }))

  app.delete<{ Params: { address: string } }>('/api/peers/:address', WITHOUT_QUERY, async (request) => ({
    peers: await api.removePeer(request.params.address),
  }))

  app.post('/api/resolve', WITHOUT_QUERY, (_request, reply) => api.resolve({ signal: goneSignal(reply) }))
}
