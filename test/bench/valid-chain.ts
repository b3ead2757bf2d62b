import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { TutorialBlock } from '../../src/consensus/tutorial/block.js'
import { built } from './built.js'
import { alternate } from './measure.js'
import { atLeast, type Row } from './report.js'
import { beside, chainAnswer } from './workshop.js'

const BLOCKS = 20_000
const ROUNDS = 9
/** So that a sample of ours lasts as long as one of Python's, and other programs disturb both alike. */
const JUDGED_IN_A_SAMPLE = 3
/** As a socket gives them. */
const CHUNK_BYTES = 64 * 1024

const { networkNamed } = await built<typeof import('../../src/consensus/networks.js')>('consensus/networks.js')
const { isReject } = await built<typeof import('../../src/consensus/reject.js')>('consensus/reject.js')
const { ChainAnswerReader } = await built<typeof import('../../src/consensus/tutorial/chain-answer.js')>(
  'consensus/tutorial/chain-answer.js',
)

/**
 * From the bytes of an answer to `GET /chain` to "valid": what `resolve` does with them, without network and disk, and
 * what the tutorial's Python program does with them. Processor time of all threads, which is what one core would take.
 */
export async function validChain(): Promise<Row[]> {
  const rows: Row[] = []
  for (const form of ['compact', 'indented', 'shuffled'] as const) {
    const file = chainAnswer(BLOCKS, form)
    const answer = readFileSync(file)
    // The first is slower: nothing is compiled yet.
    repeat(3, () => judge(answer))
    const seconds = await alternate(ROUNDS, {
      ours: () => processorSeconds(() => repeat(JUDGED_IN_A_SAMPLE, () => judge(answer))) / JUDGED_IN_A_SAMPLE,
      python: () => python(file),
    })
    const [ours, baseline] = [BLOCKS / seconds.ours, BLOCKS / seconds.python]
    const ratio = ours / baseline
    rows.push({
      what: `${form} JSON`,
      unit: 'blocks/s',
      ours,
      baseline,
      ratio,
      target: atLeast(ratio, 2, '2 x Python'),
    })
  }
  return rows
}

function judge(answer: Uint8Array): void {
  const { rules } = networkNamed('tutorial')!
  const reader = new ChainAnswerReader(rules.blockLimits)
  let count = 0
  let parent: TutorialBlock | undefined
  const add = (printed: readonly Uint8Array[]): void => {
    for (const text of printed) {
      const block = rules.decodeBlock(text) as TutorialBlock
      if (isReject(block) || rules.checkBlock(block, parent, { grandparent: undefined, now: 0 }) !== undefined)
        throw new Error(`block ${count} is refused`)
      parent = block
      count++
    }
  }
  for (let at = 0; at < answer.length; at += CHUNK_BYTES) add(reader.push(answer.subarray(at, at + CHUNK_BYTES)))
  add(reader.end())
  if (count !== BLOCKS) throw new Error(`${count} blocks were read, not ${BLOCKS}`)
}

function repeat(times: number, work: () => void): void {
  for (let i = 0; i < times; i++) work()
}

function processorSeconds(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

function python(file: string): number {
  const flags = ['--repeat', '2']
  const printed = execFileSync('python3', [beside('python_valid_chain.py'), file, ...flags], { encoding: 'utf8' })
  const { valid, seconds } = JSON.parse(printed) as { valid: boolean; seconds: number[] }
  if (!valid) throw new Error('Python refuses the chain')
  // The second time its memory is there already.
  return seconds[1]!
}
