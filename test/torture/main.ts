import { parseArgs } from 'node:util'
import { crashPart } from './crash.js'
import { cutsPart } from './cuts.js'
import { damagePart } from './damage.js'
import { fuzzPart } from './fuzz.js'
import { hostilePeersPart } from './hostile-peers.js'
import { minerPart } from './miner.js'
import type { Part } from './part.js'
import { reorganisationPart } from './reorganisation.js'
import { printTable } from './table.js'

const PARTS: readonly Part[] = [
  crashPart,
  cutsPart,
  damagePart,
  fuzzPart,
  hostilePeersPart,
  minerPart,
  reorganisationPart,
]

/** `npm run torture -- crash --cycles 500 --seed 7`: the long forms, of all parts or of those that are named. */
const { values, positionals } = parseArgs({
  options: { cycles: { type: 'string' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
  allowPositionals: true,
})
const say = (text: string): void => void process.stderr.write(`${text}\n`)
const unknown = positionals.find((wanted) => PARTS.every(({ name }) => name !== wanted))
if (unknown !== undefined) {
  say(`there is no part ${unknown}; there are: ${PARTS.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const seed = Number(values.seed)
let failed = false
console.log(`seed ${seed}, node ${process.versions.node}, ${process.platform}`)
for (const part of PARTS) {
  if (positionals.length > 0 && !positionals.includes(part.name)) continue
  const cycles = Number(values.cycles ?? part.cycles)
  const rows = await part.run({ seed, cycles, say: (text) => say(`${part.name}: ${text}`) })
  printTable(part, rows)
  failed ||= rows.some(({ failures }) => failures.length > 0)
}
process.exit(failed ? 1 : 0)
