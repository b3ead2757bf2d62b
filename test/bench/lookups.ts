import { homeOf } from './homes.js'
import { rateOf } from './load.js'
import { alternate } from './measure.js'
import { ServerProcess } from './node-process.js'
import { atMost, type Row } from './report.js'

const LONG = 50_000
const SHORT = 50
const ROUNDS = 5
const SLICE_SECONDS = 1
/** What of a difference counts as noise, and as a search in a larger table. */
const TOLERANCE = 1.5

/** What a client asks of a block in the middle: of a long chain and of a short one. */
export async function lookups(): Promise<Row[]> {
  // One after the other: the data folders are not copied, and each has a node of the same name.
  const [long, short] = [await ServerProcess.chain(await homeOf(LONG)), await ServerProcess.chain(await homeOf(SHORT))]
  try {
    const [inLong, inShort] = [await questions(long.url, LONG / 2), await questions(short.url, SHORT / 2)]
    const rows: Row[] = []
    for (const what of Object.keys(inLong)) {
      const times = await alternate(ROUNDS, {
        long: () => millisecondsOf(inLong[what]!),
        short: () => millisecondsOf(inShort[what]!),
      })
      const ratio = times.long / times.short
      const target = atMost(ratio, TOLERANCE, `${TOLERANCE} x, the same`)
      rows.push({ what, unit: 'ms', ours: times.long, baseline: times.short, ratio, target })
    }
    return rows
  } finally {
    await Promise.all([long.stop(), short.stop()])
  }
}

/** The URLs of the questions, by what they ask. */
async function questions(url: string, height: number): Promise<Record<string, string>> {
  const { hash, block } = await json(`${url}/api/blocks/${height}`)
  const { id } = await json(`${url}/api/transactions/${height}.0`)
  const address = encodeURIComponent(block.transactions[0].recipient)
  return {
    'a block by its hash': `${url}/api/blocks/${hash}`,
    'a transaction by its id': `${url}/api/transactions/${id}`,
    // Every reward names this one, so that there are as many to be found in both.
    'the last 20 transactions of an address': `${url}/api/history?limit=20&address=0`,
    'its balance': `${url}/api/balance?address=${address}`,
  }
}

async function millisecondsOf(url: string): Promise<number> {
  return 1000 / (await rateOf(url, { connections: 1, seconds: SLICE_SECONDS })).rate
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of our own
async function json(url: string): Promise<any> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
