import type { FastifyInstance, RouteOptions } from 'fastify'
import type { ServedNode } from '../api/node-api.js'
import { apiCalls } from './api-calls.js'

interface Described {
  readonly api: ServedNode
  readonly onMistake: (error: unknown) => void
}

/**
 * `/openapi.json`, which describes the routes that are added from here on, and `/docs`, a page to try them. What they take is loaded
 * when somebody asks, as no start of a node should have to wait for it.
 */
export function docsRoutes(app: FastifyInstance, { api, onMistake }: Described): void {
  const described: RouteOptions[] = []
  let made: Promise<FastifyInstance> | undefined
  const docs = (): Promise<FastifyInstance> => {
    made ??= makeDocs(described, { api, onMistake }).catch((error) => {
      made = undefined
      throw error
    })
    return made
  }
  for (const path of ['/docs', '/docs/*']) {
    app.get(path, async (request, reply) => {
      const { routing } = await docs()
      reply.hijack()
      routing(request.raw, reply.raw)
    })
  }
  app.addHook('onRoute', (route) => void described.push(route))
  app.get('/openapi.json', { schema: apiCalls.openapi }, async () => (await docs()).swagger())
}

async function makeDocs(routes: readonly RouteOptions[], { api, onMistake }: Described): Promise<FastifyInstance> {
  const [{ docsApp }, { version }] = await Promise.all([import('./docs-app.js'), api.status()])
  return docsApp(routes, { version, onMistake })
}
