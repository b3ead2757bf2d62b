import { exactJson } from '../api/documents.js'
import type { ServedNode } from '../api/node-api.js'
import { type JsonValue, jsonObject } from '../primitives/json/value.js'
import { answerJson, answerText, textOfList, textWith } from './answers.js'
import { apiCalls } from './api-calls.js'
import { MAX_BODY_BYTES } from './bodies.js'
import { goneSignal } from './gone-signal.js'
import type { ReadingInstance } from './validation.js'

/** A block has up to a million bytes without the white space that some printers put between its parts. */
const MAX_BLOCK_BODY_BYTES = 4 * MAX_BODY_BYTES

/** The calls of our own, which the command line uses. */
export function apiRoutes(app: ReadingInstance, api: ServedNode): void {
  app.get('/api/health', { schema: apiCalls.health }, async () => ({ status: 'ok' }))

  app.get('/api/status', { schema: apiCalls.status }, () => api.status())

  app.post('/api/mine', { schema: apiCalls.mine }, async (request, reply) => {
    return answerJson(reply, exactJson(await api.mine({ signal: goneSignal(reply), to: request.query.to })))
  })

  app.get('/api/mining/template', { schema: apiCalls.miningTemplate }, async (request, reply) =>
    answerJson(reply, exactJson(await api.miningTemplate({ to: request.query.address }))),
  )

  app.post('/api/blocks', { schema: apiCalls.submitBlock, bodyLimit: MAX_BLOCK_BODY_BYTES }, (request) =>
    // None at all lacks everything.
    api.submitBlock((request.body as JsonValue | undefined) ?? jsonObject({})),
  )

  app.get('/api/blocks', { schema: apiCalls.blocks }, async (request, reply) => {
    const { length, blocks } = await api.blockTexts(request.query)
    const texts = blocks.map(({ json, ...rest }) => textWith(rest, 'block', [json]))
    return answerText(reply, textWith({ length }, 'blocks', textOfList(texts)))
  })

  app.get('/api/pending', { schema: apiCalls.pending }, async (request, reply) => {
    return answerJson(reply, exactJson(await api.pending(request.query)))
  })

  app.get('/api/blocks/:id', { schema: apiCalls.block }, async (request, reply) => {
    const { json, ...rest } = await api.blockText(request.params.id)
    return answerText(reply, textWith(rest, 'block', [json]))
  })

  app.get('/api/transactions/:id', { schema: apiCalls.transaction }, async (request, reply) => {
    const { json, ...rest } = await api.transactionText(request.params.id)
    return answerText(reply, textWith(rest, 'transaction', [json]))
  })

  app.get('/api/transactions/:id/proof', { schema: apiCalls.transactionProof }, async (request, reply) => {
    return answerJson(reply, exactJson(await api.transactionProof(request.params.id)))
  })

  app.get('/api/headers', { schema: apiCalls.headers }, (request) => api.headers(request.query))

  app.get('/api/history', { schema: apiCalls.history }, async (request, reply) => {
    const { transactions, ...page } = await api.historyTexts(request.query)
    const texts = transactions.map(({ json, ...rest }) => textWith(rest, 'transaction', [json]))
    return answerText(reply, textWith(page, 'transactions', textOfList(texts)))
  })

  app.get('/api/balance', { schema: apiCalls.balance }, (request) => api.balance(request.query.address))

  app.get('/api/peers', { schema: apiCalls.peers }, async () => ({ peers: await api.peers() }))

  app.delete('/api/peers/:address', { schema: apiCalls.removePeer }, async (request) => ({
    peers: await api.removePeer(request.params.address),
  }))

  app.post('/api/resolve', { schema: apiCalls.resolve }, (_request, reply) =>
    api.resolve({ signal: goneSignal(reply) }),
  )
}
