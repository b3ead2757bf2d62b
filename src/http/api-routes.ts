import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { minedJson } from '../api/documents.js'
import { ApiError } from '../api/errors.js'
import type { ServedNode } from '../api/node-api.js'
import { balanceQuerySchema, pendingQuerySchema, rangeQuerySchema } from '../api/schemas.js'
import { concatBytes, utf8 } from '../primitives/bytes.js'
import { JsonNumber, jsonObject } from '../primitives/json/value.js'
import { answerBytes, answerJson } from './answers.js'
import { goneSignal } from './tutorial-routes.js'

/** The calls of our own, which the command line uses. */
export function apiRoutes(app: FastifyInstance, api: ServedNode): void {
  app.get('/api/health', async () => ({ status: 'ok' }))

  app.get('/api/status', () => api.status())

  app.post('/api/mine', async (_request, reply) => {
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
    return answerBytes(reply, concatBytes([utf8('{"blocks": ['), ...listed, utf8(`], "length": ${length}}\n`)]))
  })

  app.get('/api/pending', async (request, reply) => {
    const { total, transactions } = await api.pending(queryOf(pendingQuerySchema, request.query))
    return answerJson(reply, jsonObject({ total: JsonNumber.integer(total), transactions: [...transactions] }))
  })

  app.get('/api/balance', (request) => api.balance(queryOf(balanceQuerySchema, request.query).address))

  app.get('/api/peers', async () => ({ peers: await api.peers() }))

  app.delete<{ Params: { address: string } }>('/api/peers/:address', async (request) => ({
    peers: await api.removePeer(request.params.address),
  }))

  app.post('/api/resolve', (_request, reply) => api.resolve({ signal: goneSignal(reply) }))
}

function queryOf<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new ApiError('bad-request', `the parameter "${issue.path.join('.')}" ${issue.message}`)
}
