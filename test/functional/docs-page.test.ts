import type { Locator, Page } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { openBrowser } from '../support/browser.js'
import { call, get } from '../support/raw-http.js'
import { openServed } from '../support/test-node.js'

// A browser takes seconds to come up on a machine that does other things.
vi.setConfig({ testTimeout: 120_000 })

describe('the page to try the API', () => {
  test('shows all calls, and tries one with the button', async () => {
    const { url, node } = await openServed({ identity: 'ada' })
    const { page, problems } = await openBrowser(url)
    await page.goto(`${url}/docs`)
    expect(await page.title()).toBe('chain: the HTTP API')
    const { paths } = JSON.parse((await get(Number(new URL(url).port), '/openapi.json')).text)
    const calls = Object.values<object>(paths).flatMap((methods) => Object.keys(methods))
    await page
      .locator('.opblock')
      .nth(calls.length - 1)
      .waitFor()
    expect(await page.locator('.opblock').count()).toBe(calls.length)

    const answer = await execute(page, 'GET', '/api/status')
    expect(await answer.locator('.response-col_status').innerText()).toContain('200')
    expect(JSON.parse(await answer.locator('.response-col_description pre').first().innerText())).toEqual(
      await node.status(),
    )
    expect(problems).toEqual([])
  })

  test('a call that changes something is taken from the page, its example as it stands', async () => {
    const { url, node } = await openServed()
    const { page, problems } = await openBrowser(url)
    await page.goto(`${url}/docs`)
    const answer = await execute(page, 'POST', '/transactions/new')
    expect(await answer.locator('.response-col_status').innerText()).toContain('201')
    const { transactions } = await node.pending({ limit: 10 })
    expect(transactions).toMatchObject([{ sender: 'alice', recipient: 'bob', amount: { text: '5' } }])
    expect(problems).toEqual([])
  })

  test('is dark where the system is, and light again with it', async () => {
    const { url } = await openServed()
    const { page, problems } = await openBrowser(url)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(`${url}/docs`)
    await page.locator('.opblock').first().waitFor()
    const lightnessOfText = (): Promise<number> =>
      page.evaluate(`Math.max(...getComputedStyle(document.querySelector('.swagger-ui')).color.match(/[0-9]+/g))`)
    expect(await lightnessOfText()).toBeGreaterThan(192)
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(lightnessOfText).toBeLessThan(96)
    expect(problems).toEqual([])
  })

  test('is as wide as a telephone, an answer on it, too', async () => {
    const { url } = await openServed()
    const { page: first } = await openBrowser(url)
    const page = await first
      .context()
      .browser()!
      .newPage({ viewport: { width: 400, height: 800 }, isMobile: true })
    await page.goto(`${url}/docs`)
    await execute(page, 'GET', '/api/blocks')
    expect(await page.evaluate('[innerWidth, document.documentElement.scrollWidth]')).toEqual([400, 400])
  })

  test('a script that is no file of the page is not run', async () => {
    const { url } = await openServed()
    const { page, problems } = await openBrowser(url)
    await page.goto(`${url}/docs`)
    await page.evaluate(`
      const script = document.createElement('script')
      script.textContent = 'document.title = "taken over"'
      document.head.append(script)
    `)
    expect(await page.title()).toBe('chain: the HTTP API')
    expect(problems.join()).toMatch(/Content Security Policy/)
  })
})

describe('its headers', () => {
  test.each(['/docs', '/docs/', '/docs/static/swagger-ui-bundle.js', '/docs/nothing'])('%s', async (path) => {
    const { port } = await openServed()
    const { headers } = await get(port, path)
    const policy = headers['content-security-policy'].split('; ')
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    )
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*|upgrade-insecure-requests/)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' })
    // A node speaks plain HTTP: a browser must not be told to come back over TLS.
    expect(Object.keys(headers).filter((name) => /^strict-transport|^access-control/.test(name))).toEqual([])
  })

  test('not-found, method-not-allowed: in the shape of all errors', async () => {
    const { port } = await openServed()
    const missing = await get(port, '/docs/nothing')
    expect(missing.status).toBe(404)
    expect(JSON.parse(missing.text)).toMatchObject({ error: { code: 'not-found' } })
    const posted = await call(port, 'POST', '/docs')
    expect(posted.status).toBe(405)
    expect(JSON.parse(posted.text)).toMatchObject({ error: { code: 'method-not-allowed' } })
  })

  test('a link on another site leads to the page, a foreign name for this machine does not', async () => {
    const { port } = await openServed()
    const linked = { 'Sec-Fetch-Site': 'cross-site', Referer: 'http://example.com/' }
    for (const path of ['/docs', '/openapi.json', '/metrics']) {
      expect((await get(port, path, linked)).status).toBe(200)
      expect((await get(port, path, { Host: 'example.com' })).status).toBe(403)
    }
  })
})

/** Opens a call, has it tried, and waits for the answer. */
async function execute(page: Page, method: string, path: string): Promise<Locator> {
  const block = page.locator('.opblock', {
    has: page.locator(`.opblock-summary-path[data-path="${path}"]`),
    hasText: method,
  })
  await block.locator('.opblock-summary-control').click()
  await block.getByRole('button', { name: 'Try it out' }).click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const answer = block.locator('.live-responses-table .response')
  await answer.waitFor()
  return answer
}
