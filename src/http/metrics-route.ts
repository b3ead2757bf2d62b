import { apiCalls } from './api-calls.js'
import type { AnsweredCall, Measured, Metrics } from './metrics.js'
import type { ReadingInstance } from './validation.js'

/** So many answered calls wait to be counted until somebody asks for the figures. */
const MAX_WAITING = 1000

/** `/metrics`. What counts is loaded when it is needed, as no start of a node should have to wait for it. */
export function metricsRoute(app: ReadingInstance, measured: Measured): void {
  let waiting: AnsweredCall[] = []
  let metrics: Metrics | undefined
  let loading: Promise<Metrics> | undefined

  const load = async (): Promise<Metrics> => {
    const { Metrics } = await import('./metrics.js')
    metrics = new Metrics(measured)
    for (const call of waiting) metrics.note(call)
    waiting = []
    return metrics
  }
  const loaded = (): Promise<Metrics> => {
    loading ??= load().catch((error) => {
      waiting = []
      loading = undefined
      throw error
    })
    return loading
  }

  app.addHook('onResponse', (request, reply, done) => {
    const call = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    }
    if (metrics !== undefined) metrics.note(call)
    // Who asks for the figures is told why they cannot be loaded.
    else if (waiting.push(call) === MAX_WAITING) loaded().catch(() => {})
    done()
  })

  app.get('/metrics', { schema: apiCalls.metrics }, async (_request, reply) => {
    const figures = await loaded()
    return reply.type(figures.contentType).send(await figures.text())
  })
}
