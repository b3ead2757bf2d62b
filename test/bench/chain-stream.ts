import { get } from 'node:http'
import { homeOf } from './homes.js'
import { median } from './measure.js'
import { ServerProcess } from './node-process.js'
import { atMost, type Row } from './report.js'

const BLOCKS = 50_000
const PROCESSES = 3
const DOWNLOADS = 3

/** `GET /chain` of a long chain: when it begins, and what it costs the node's memory. */
export async function chainStream(): Promise<Row[]> {
  const data = await homeOf(BLOCKS)
  const firstBytes: number[] = []
  const growths: { total: number; mapped: number }[] = []
  const rates: number[] = []
  for (let i = 0; i < PROCESSES; i++) {
    const node = await ServerProcess.chain(data)
    await (await fetch(`${node.url}/api/status`)).text()
    const [before, mappedBefore] = [node.resident(), node.mapped()]
    node.forgetPeak()
    for (let j = 0; j < DOWNLOADS; j++) {
      const { firstByteMs, ms, bytes } = await download(`${node.url}/chain`)
      firstBytes.push(firstByteMs)
      rates.push(bytes / 1024 / 1024 / (ms / 1000))
    }
    growths.push({ total: node.peakResident() - before, mapped: node.mapped() - mappedBefore })
    await node.stop()
  }
  const worst = growths.reduce((a, b) => (b.total > a.total ? b : a))
  const own = worst.total - worst.mapped
  const firstByte = median(firstBytes)
  return [
    {
      what: `memory that ${DOWNLOADS} downloads of ${BLOCKS} blocks take, at most`,
      unit: 'MiB',
      ours: own,
      target: atMost(own, 50, '50 MiB'),
      note: `resident memory at its peak less before, the largest of ${PROCESSES} processes, without another ${worst.mapped.toFixed(0)} MiB of files that LevelDB maps: the system takes those back when others need the room`,
    },
    {
      what: 'first byte',
      unit: 'ms',
      ours: firstByte,
      target: atMost(firstByte, 50, '50 ms'),
      note: `slowest of ${firstBytes.length}: ${Math.max(...firstBytes).toFixed(1)} ms`,
    },
    { what: 'speed', unit: 'MiB/s', ours: median(rates) },
  ]
}

function download(url: string): Promise<{ firstByteMs: number; ms: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    // On a connection of its own.
    get(url, { agent: false }, (response) => {
      let bytes = 0
      let firstByteMs = 0
      response.on('data', (chunk: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - start
        bytes += chunk.length
      })
      response.on('end', () => resolve({ firstByteMs, ms: performance.now() - start, bytes }))
    }).on('error', reject)
  })
}
