import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { ApiError } from '../api/errors.js'
import { answerError } from './errors.js'
import { describeRoutes } from './openapi.js'
import { readBySchema, SCHEMA_CONTROLLER } from './validation.js'

/** The page loads what is beside it, and asks the node that it came from; Swagger UI has its icons in `data:`. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]

const PAGE_HEADERS = {
  'content-security-policy': PAGE_POLICY.join('; '),
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** Follows the system's choice of dark or light, for which Swagger UI has styles and no switch; fits the page to a telephone. */
const PAGE_SCRIPT = `
const viewport = document.createElement('meta')
viewport.name = 'viewport'
viewport.content = 'width=device-width, initial-scale=1'
document.head.append(viewport)
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
`

/** No call has links, and their column would take a quarter of a narrow page. */
const PAGE_STYLE = '.swagger-ui .response-col_links { display: none }'

/** An instance of its own that describes the routes of another one, and has a page to try them. It does not listen. */
export async function docsApp(
  routes: readonly RouteOptions[],
  { version, onMistake }: { version: string; onMistake: (error: unknown) => void },
): Promise<FastifyInstance> {
  const app = Fastify({ exposeHeadRoutes: false, schemaController: SCHEMA_CONTROLLER })
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, onMistake))
  app.setNotFoundHandler(() => {
    throw new ApiError('not-found', 'there is nothing of that name', { hint: 'see /docs' })
  })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(PAGE_HEADERS)
    done()
  })
  readBySchema(app)
  await describeRoutes(app, version)
  for (const route of routes) app.route(route)
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: {
      title: 'chain: the HTTP API',
      js: [{ filename: 'page.js', content: PAGE_SCRIPT }],
      css: [{ filename: 'page.css', content: PAGE_STYLE }],
    },
    uiConfig: { layout: 'BaseLayout', defaultModelsExpandDepth: 0 },
  })
  await app.ready()
  return app
}
