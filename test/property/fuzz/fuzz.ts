import fc from 'fast-check'
import { type Outcome, Stopwatch, type Target } from './target.js'

/** After so many inputs a reader is opened anew, and the seed changes. */
const BATCH = 2_000
/** What takes longer is read again where time counts: another process may have been in the way. */
const SUSPICIOUS_MS = 30
const REPEATS = 4
const MAX_SLOW = 20

export interface FuzzOptions {
  readonly inputs: number
  readonly seed: number
  /** Whether to find out which inputs take longest. */
  readonly isTimed: boolean
  readonly say?: (text: string) => void
}

export interface Timed {
  readonly label: string
  readonly bytes: number
  /** The shortest of some readings. */
  readonly ms: number
}

export interface FuzzReport {
  readonly name: string
  readonly counts: Readonly<Record<Outcome, number>>
  /** The slowest inputs first. */
  readonly slowest: readonly Timed[]
  /** Rules that were broken, each with the smallest input that breaks it. */
  readonly failures: readonly string[]
  readonly ms: number
}

/** Something to be fuzzed, whatever its inputs are. */
export interface Fuzzer {
  readonly name: string
  run(options: FuzzOptions): Promise<FuzzReport>
}

export function fuzzer<Input>(target: Target<Input>): Fuzzer {
  return { name: target.name, run: (options) => fuzz(target, options) }
}

/** Has a target read so many inputs, the same ones for the same seed. */
async function fuzz<Input>(
  target: Target<Input>,
  { inputs, seed, isTimed, say = () => {} }: FuzzOptions,
): Promise<FuzzReport> {
  const start = performance.now()
  const counts = { accepted: 0, refused: 0 }
  const failures: string[] = []
  let slowest: Timed[] = []
  for (let done = 0; done < inputs; done += BATCH) {
    const reader = await target.open()
    const property = fc.asyncProperty(target.inputs, async (input) => {
      const stopwatch = new Stopwatch()
      counts[await reader.judge(input, stopwatch)]++
      if (!isTimed) return
      let { ms } = stopwatch
      for (let i = 0; i < REPEATS && ms > SUSPICIOUS_MS; i++) {
        const again = new Stopwatch()
        await reader.judge(input, again)
        ms = Math.min(ms, again.ms)
      }
      if (ms <= (slowest[MAX_SLOW - 1]?.ms ?? 0)) return
      const timed = { label: target.label(input).slice(0, 80), bytes: target.bytesOf(input), ms }
      slowest = [...slowest, timed].sort((a, b) => b.ms - a.ms).slice(0, MAX_SLOW)
    })
    try {
      const details = await fc.check(property, { numRuns: Math.min(BATCH, inputs - done), seed: seed + done })
      if (details.failed) failures.push(describe(details, target))
    } finally {
      await reader.close()
    }
    say(`${target.name}: ${Math.min(done + BATCH, inputs)} of ${inputs}, ${failures.length} failures`)
  }
  return { name: target.name, counts, slowest, failures, ms: performance.now() - start }
}

/** The broken rule, the smallest input that was found to break it, and how to have it again. */
function describe<Input>(
  { counterexample, errorInstance, seed, counterexamplePath }: fc.RunDetails<[Input]>,
  target: Target<Input>,
): string {
  const input = counterexample === null ? 'none' : target.label(counterexample[0])
  const error = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance)
  return `${error}\n  input: ${input}\n  seed ${seed}, path ${counterexamplePath}`
}
