import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { ApiError } from '../api/errors.js'
import type { ListedBlock, NodeApi } from '../api/node-api.js'
import { balanceQuerySchema, pendingQuerySchema, rangeQuerySchema } from '../api/schemas.js'
import { JsonNumber, type JsonObject, jsonObject } from '../primitives/json/value.js'
import { answerJson, goneSignal } from './tutorial-routes.js'

/** The calls of our own, which the command line uses. */
export function apiRoutes(app: FastifyInstance, api: NodeApi): void {
  app.get('/api/health', async () => ({ status: 'ok' }))

  app.get('/api/status', () => api.status())

  app.post('/api/mine', async (_request, reply) => {
    const { hashes, elapsedMs, ...listed } = await api.mine({ signal: goneSignal(reply) })
    return answerJson(
      reply,
      jsonObject({
        ...listedJson(listed),
        hashes: hashes === undefined ? null : JsonNumber.integer(hashes),
        elapsedMs: JsonNumber.float(elapsedMs),
      }),
    )
  })

  app.get('/api/blocks', async (request, reply) => {
    const { length, blocks } = await api.blocks(queryOf(rangeQuerySchema, request.query))
    return answerJson(reply, jsonObject({ length: JsonNumber.integer(length), blocks: blocks.map(listedJson) }))
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

function listedJson({ height, hash, block }: ListedBlock): JsonObject {
  return jsonObject({ height: JsonNumber.integer(height), hash, block })
}

function queryOf<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new ApiError('bad-request', `the parameter "${issue.path.join('.')}": ${issue.message}`)
}
