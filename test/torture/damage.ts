import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StoreDamaged } from '../../src/primitives/errors.js'
import { Chance } from '../support/chance.js'
import { logFile, rewrite, storeFiles } from '../support/store-files.js'
import type { Part, Row, TortureOptions } from './part.js'
import { accountIn, makeSpecimen, type Specimen, withCopy } from './specimen.js'
import { Tally } from './tally.js'

/** LevelDB's diary, and what it locks: nothing is read from them. */
const IDLE_FILES = ['LOG', 'LOG.old', 'LOCK']
const LAST_TEXT = 10

/** What has to happen: the damage is named, or it is that or everything is as it was, since nobody reads that byte. */
type Outcome = 'named' | 'named or harmless'

/** Damages copies of a store: it must be named at the latest by whoever reads what is damaged, and never be served, nor take a fresh chain's place. */
async function damage({ cycles, seed }: TortureOptions): Promise<Row[]> {
  const chance = new Chance(seed)
  const specimen = await makeSpecimen({ lastText: LAST_TEXT })
  const trials = new Trials(specimen)
  try {
    await loseFiles(specimen, trials)
    await flipBits(specimen, trials, { cycles, chance })
    await shorten(specimen, trials, { cycles, chance })
    return trials.tally.rows()
  } finally {
    rmSync(specimen.folder, { recursive: true })
  }
}

/** Each file in turn, and all of them. */
async function loseFiles(specimen: Specimen, trials: Trials): Promise<void> {
  const { folder } = specimen
  const names = readdirSync(join(folder, 'chain')).filter((name) => !IDLE_FILES.includes(name))
  for (const name of [...names.map((file) => join('chain', file)), 'chain.acknowledged', 'chain']) {
    const lose = (copy: string): void => rmSync(join(copy, name), { recursive: true })
    await trials.try('a file is missing', name, 'named', lose)
    // Where the home has forgotten that it was begun, too, the rest must be enough to know it.
    if (name !== 'chain.acknowledged') await trials.try('and the home has forgotten it', name, 'named', lose, true)
  }
}

async function flipBits(specimen: Specimen, trials: Trials, { cycles, chance }: Extent): Promise<void> {
  const { folder } = specimen
  const kinds: [what: string, files: string[], outcome: Outcome][] = [
    ['a flipped bit in the log', [logFile(folder)], 'named'],
    ['a flipped bit in a table', storeFiles(folder, /\.ldb$/), 'named or harmless'],
    ['a flipped bit in the manifest', storeFiles(folder, /^MANIFEST/), 'named'],
    ['a flipped bit in CURRENT', storeFiles(folder, /^CURRENT$/), 'named'],
    ['a flipped bit in the witness', [join(folder, 'chain.acknowledged')], 'named'],
  ]
  for (const [what, files, outcome] of kinds) {
    const bits = files.reduce((sum, file) => sum + 8 * statSync(file).size, 0)
    for (let i = 0; i < Math.min(cycles, bits); i++) {
      const file = files[chance.below(files.length)]!
      const bit = chance.below(8 * statSync(file).size)
      await trials.try(what, `bit ${bit} of ${basename(file)}`, outcome, (copy) => {
        rewrite(file.replace(folder, copy), (bytes) => {
          bytes[bit >>> 3]! ^= 1 << (bit & 7)
          return bytes
        })
      })
    }
  }
}

async function shorten(specimen: Specimen, trials: Trials, { cycles, chance }: Extent): Promise<void> {
  const { folder } = specimen
  for (const file of storeFiles(folder, /\.ldb$|^MANIFEST|^CURRENT$/)) {
    const { size } = statSync(file)
    for (let i = 0; i < Math.ceil(cycles / 10); i++) {
      const length = chance.below(size)
      await trials.try('a file is cut off', `${basename(file)} at byte ${length} of ${size}`, 'named', (copy) => {
        rewrite(file.replace(folder, copy), (bytes) => bytes.subarray(0, length))
      })
    }
  }
}

interface Extent {
  readonly cycles: number
  readonly chance: Chance
}

class Trials {
  readonly tally = new Tally()
  readonly #specimen: Specimen

  constructor(specimen: Specimen) {
    this.#specimen = specimen
  }

  try(what: string, which: string, wanted: Outcome, harm: (copy: string) => void, isNew = false): Promise<void> {
    return this.tally.try(what, which, () =>
      withCopy(this.#specimen, async (copy) => {
        harm(copy)
        const files = contents(copy)
        const { found, error } = await accountIn(copy, isNew).then(
          (account) => ({ found: account, error: undefined }),
          (thrown: unknown) => ({ found: undefined, error: thrown }),
        )
        if (found !== undefined && wanted === 'named') throw new Error('it was not noticed')
        if (found !== undefined && found !== this.#specimen.history.at(-1)!.account) throw new Error('it was served')
        if (error !== undefined && !(error instanceof StoreDamaged)) throw error
        if (error !== undefined && wanted === 'named' && !sameFiles(files, contents(copy))) {
          throw new Error(`it was named, and files changed: ${error.message}`)
        }
      }),
    )
  }
}

/** What is in each file of a store. */
function contents(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !IDLE_FILES.includes(basename(name)) && statSync(join(folder, name)).isFile(),
  )
  return new Map(files.map((name) => [name, readFileSync(join(folder, name))]))
}

function sameFiles(before: ReadonlyMap<string, Buffer>, after: ReadonlyMap<string, Buffer>): boolean {
  return before.size === after.size && [...before].every(([name, bytes]) => after.get(name)?.equals(bytes))
}

export const damagePart: Part = {
  name: 'damage',
  title: 'damage is named, never served, and never answered with a fresh chain',
  cycles: 1000,
  run: damage,
}
