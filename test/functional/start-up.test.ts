import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/stores.js'

const DIST = new URL('../../dist/', import.meta.url)

/** Serves calls that are made up, asks for some paths, and prints which packages were loaded after each. */
const PROGRAM = `
  import { createRequire } from 'node:module'
  const { serveNode } = await import('${new URL('http/server.js', DIST)}')
  const api = { status: async () => ({ network: 'n', version: '1', length: 1, pending: 0, peers: 0 }), activity: () => ({ blocksMined: 0, chainReplacements: 0, hashes: 0 }) }
  const { cache } = createRequire(import.meta.url)
  const loaded = () => ['@fastify/ajv-compiler/', '@fastify/swagger/', '@fastify/swagger-ui/', 'prom-client/'].filter((name) => Object.keys(cache).some((file) => file.includes('/node_modules/' + name)))
  const server = await serveNode(api, { host: '127.0.0.1', port: 0 })
  const steps = []
  for (const path of ['/api/status', '/metrics', '/docs']) {
    await (await fetch(server.url + path)).text()
    steps.push(loaded())
  }
  await server.close()
  console.log(JSON.stringify(steps))
`

test('what describes and counts the calls is loaded when somebody asks for it, and not before', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: fileURLToPath(DIST),
  })
  expect(JSON.parse(stdout)).toEqual([
    [],
    ['prom-client/'],
    ['@fastify/swagger/', '@fastify/swagger-ui/', 'prom-client/'],
  ])
})

/** Names each module that is loaded, on stderr. */
const NAMING = 'export async function load(url, context, next) { process._rawDebug(url); return next(url, context) }'
const HOOK = `import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(NAMING)}))`

test('a command that opens its node loads neither a server nor what checks the answers of others', async () => {
  const data = await temporaryFolder()
  const chain = fileURLToPath(new URL('../../bin/chain.js', import.meta.url))
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(HOOK)}`]
  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, [...flags, chain, '--data-dir', data, ...words])
  await run('peers', 'add', '127.0.0.1:1')
  const { stderr } = await run('status')
  const packages = [...stderr.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/\s]+)/g)].map(([, name]) => name)
  expect(packages).toContain('classic-level')
  for (const name of ['zod', 'fastify', 'conf', 'inquirer', 'ora']) expect(packages).not.toContain(name)
})
