import { parseArgs } from 'node:util'
import { append } from './append.js'
import { chainStream } from './chain-stream.js'
import { firstHash } from './first-hash.js'
import { help } from './help.js'
import { lookups } from './lookups.js'
import { mining } from './mining.js'
import { opening } from './opening.js'
import { printMachine, printRows, type Row, thisMachine } from './report.js'
import { resolve } from './resolve.js'
import { secureConnect, secureImport, secureReorganisation, secureSync } from './secure.js'
import { signatures } from './signatures.js'
import { statusRate } from './status-rate.js'
import { validChain } from './valid-chain.js'
import { say } from './workshop.js'

const BENCHMARKS: Readonly<Record<string, { title: string; run: () => Promise<Row[]> }>> = {
  'valid-chain': { title: 'from the bytes of 20,000 blocks of 3 transactions to "valid"', run: validChain },
  resolve: { title: 'a whole resolve', run: resolve },
  'chain-stream': { title: 'GET /chain of 50,000 blocks', run: chainStream },
  'status-rate': { title: 'GET /api/status', run: statusRate },
  opening: { title: 'opening a node of 50,000 blocks', run: opening },
  lookups: { title: 'looking something up in a chain of 50,000 blocks, and of 50', run: lookups },
  append: { title: 'appending a block', run: append },
  mining: { title: 'proof of work', run: mining },
  signatures: { title: 'checking 20,000 signatures of 256 senders', run: signatures },
  'secure-import': { title: 'a long chain of a secure network', run: secureImport },
  'secure-connect': { title: 'full blocks of a secure network', run: secureConnect },
  'secure-reorganisation': { title: 'another branch of a secure network', run: secureReorganisation },
  'secure-sync': { title: 'following another node', run: secureSync },
  'first-hash': { title: 'from `chain mine` typed to its first hash', run: firstHash },
  help: { title: 'chain --help', run: help },
}

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true })
const unknown = positionals.find((name) => !(name in BENCHMARKS))
if (unknown !== undefined) {
  say(`there is no benchmark ${unknown}; there are: ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(2)
}

const machine = thisMachine()
if (!values.json) printMachine(machine)
const results: Record<string, Row[]> = {}
for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHMARKS)) {
  const { title, run } = BENCHMARKS[name]!
  say(`running ${name}`)
  results[name] = await run()
  if (!values.json) printRows(`${name}: ${title}`, results[name])
}
if (values.json) console.log(JSON.stringify({ machine, results }, undefined, 2))
process.exit()
