import { parseArgs } from 'node:util'
import { crash } from './crash.js'

/** `npm run torture -- --cycles 500 --seed 7`: the long form of the crash test. */
const { values } = parseArgs({
  options: { cycles: { type: 'string', default: '500' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
})
const report = await crash({ cycles: Number(values.cycles), seed: Number(values.seed) }, ({ cycles, ...counts }) => {
  if (cycles % 10 === 0) console.error(`${cycles} cycles: ${JSON.stringify(counts)}`)
})
console.table(report)
