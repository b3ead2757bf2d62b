import { chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Watched {
  readonly page: Page
  /** What the page should not have done: errors, violations of its policy, requests to anywhere else. */
  readonly problems: readonly string[]
}

/** A page of a fresh Chromium, until the test ends. @param origin the only one that it should talk to */
export async function openBrowser(origin: string): Promise<Watched> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ARGUMENTS,
  })
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  const problems: string[] = []
  // A violation of the policy is an error on the console, too.
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('pageerror', (error) => void problems.push(error.message))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.origin !== origin) problems.push(`a request to ${url.href}`)
  })
  page.on('requestfailed', (request) => void problems.push(`no answer from ${request.url()}`))
  return { page, problems }
}
