import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../api/errors.js'
import type { ServedNode } from '../api/node-api.js'
import { registerSchema } from '../api/schemas.js'
import { utf8 } from '../primitives/bytes.js'
import { type JsonValue, jsonObject } from '../primitives/json/value.js'
import { answerJson, answerStream } from './answers.js'

/** The tutorial's five calls, with its paths, statuses, keys and texts. */
export function tutorialRoutes(app: FastifyInstance, api: ServedNode): void {
  app.get('/mine', async (_request, reply) => {
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

  app.post('/transactions/new', async (request, reply) => {
    try {
      const { height } = await api.submitPayment(bodyOf(request))
      return reply.code(201).send({ message: `Transaction will be added to Block ${height}` })
    } catch (error) {
      if (error instanceof ApiError && error.code === 'missing-value') {
        return reply.code(400).type('text/html; charset=utf-8').send('Missing values')
      }
      throw error
    }
  })

  app.get('/chain', async (_request, reply) => {
    return answerStream(
      reply,
      chainAnswer('{"chain": ', api.chainText(), (length) => `, "length": ${length}}\n`),
    )
  })

  app.post('/nodes/register', async (request, reply) => {
    const body = registerSchema.safeParse(bodyOf(request))
    if (!body.success) {
      return reply.code(400).type('text/html; charset=utf-8').send('Error: Please supply a valid list of nodes')
    }
    const peers = await api.addPeers(body.data.nodes)
    return reply.code(201).send({ message: 'New nodes have been added', total_nodes: peers })
  })

  app.get('/nodes/resolve', async (_request, reply) => {
    const { replaced } = await api.resolve({ signal: goneSignal(reply) })
    const [message, key] = replaced ? ['Our chain was replaced', 'new_chain'] : ['Our chain is authoritative', 'chain']
    return answerStream(
      reply,
      chainAnswer(`{"message": "${message}", "${key}": `, api.chainText(), () => '}\n'),
    )
  })
}

/** The body as it was parsed; none at all counts as an empty object, which lacks everything. */
function bodyOf(request: FastifyRequest): JsonValue {
  return (request.body as JsonValue | undefined) ?? jsonObject({})
}

/** Aborts when the client hangs up before it has its answer: nobody waits for that work any more. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new ApiError('timeout', 'the client hung up')))
  return gone.signal
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
