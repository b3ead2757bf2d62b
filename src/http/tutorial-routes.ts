import { ApiError } from '../api/errors.js'
import type { ServedNode } from '../api/node-api.js'
import { utf8 } from '../primitives/bytes.js'
import { isJsonObject, type JsonValue, jsonObject } from '../primitives/json/value.js'
import { answerJson, answerStream } from './answers.js'
import { goneSignal } from './gone-signal.js'
import { MISSING_VALUES, NO_NODES, tutorialCalls } from './tutorial-calls.js'
import type { ReadingInstance } from './validation.js'

/** The tutorial's five calls, with its paths, statuses, keys and texts. */
export function tutorialRoutes(app: ReadingInstance, api: ServedNode): void {
  app.get('/mine', { schema: tutorialCalls.mine }, async (_request, reply) => {
    const { block } = await api.mine({ signal: goneSignal(reply) })
    const { index, transactions, proof, previous_hash } = block
    return answerJson(
      reply,
      jsonObject({
        message: 'New Block Forged',
        index: index!,
        transactions: transactions!,
        proof: proof!,
        previous_hash: previous_hash!,
      }),
    )
  })

  app.post('/transactions/new', { schema: tutorialCalls.newTransaction }, async (request, reply) => {
    try {
      const { height } = await api.submitPayment(bodyOf(request))
      return reply.code(201).send({ message: `Transaction will be added to Block ${height}` })
    } catch (error) {
      if (error instanceof ApiError && error.code === 'missing-value') {
        return reply.code(400).type('text/html; charset=utf-8').send(MISSING_VALUES)
      }
      throw error
    }
  })

  app.get('/chain', { schema: tutorialCalls.chain }, async (_request, reply) => {
    return answerStream(
      reply,
      chainAnswer('{"chain": ', api.chainText(), (length) => `, "length": ${length}}\n`),
    )
  })

  app.post('/nodes/register', { schema: tutorialCalls.register }, async (request, reply) => {
    const nodes = nodesOf(bodyOf(request))
    if (nodes === undefined) {
      return reply.code(400).type('text/html; charset=utf-8').send(NO_NODES)
    }
    const peers = await api.addPeers(nodes)
    return reply.code(201).send({ message: 'New nodes have been added', total_nodes: peers })
  })

  app.get('/nodes/resolve', { schema: tutorialCalls.resolve }, async (_request, reply) => {
    const { replaced } = await api.resolve({ signal: goneSignal(reply) })
    const [message, key] = replaced ? ['Our chain was replaced', 'new_chain'] : ['Our chain is authoritative', 'chain']
    return answerStream(
      reply,
      chainAnswer(`{"message": "${message}", "${key}": `, api.chainText(), () => '}\n'),
    )
  })
}

/** The body as it was parsed; none at all counts as an empty object, which lacks everything. */
function bodyOf(request: { body: unknown }): JsonValue {
  return (request.body as JsonValue | undefined) ?? jsonObject({})
}

/** The list of a registration. The schema would find something to say of each of half a million elements. */
function nodesOf(body: JsonValue): string[] | undefined {
  const nodes = isJsonObject(body) ? body.nodes : undefined
  return Array.isArray(nodes) && nodes.every((each) => typeof each === 'string') ? nodes : undefined
}

async function* chainAnswer(
  before: string,
  chainText: ReturnType<ServedNode['chainText']>,
  after: (length: number) => string,
): AsyncGenerator<Uint8Array> {
  yield utf8(before)
  const length = yield* chainText
  yield utf8(after(length))
}
