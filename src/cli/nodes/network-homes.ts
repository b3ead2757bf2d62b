import { join } from 'node:path'
import type { GlobalOptions } from '../../config/options.js'
import { dataFolder } from '../../config/paths.js'
import { listHomes } from '../../storage/home.js'
import { nameOf } from './patience.js'

export interface NetworkHomes {
  /** Where all of them are. */
  readonly folder: string
  readonly names: readonly string[]
  /** Who holds one of them, if anybody does. */
  readonly holder: string | undefined
}

/** The homes of one network. */
export function homesOfNetwork({ dataDir }: GlobalOptions, network: string): NetworkHomes {
  const data = dataFolder(dataDir)
  const homes = listHomes(data).filter((home) => home.network === network)
  const runner = homes.find((home) => home.runner !== undefined)?.runner
  return {
    folder: join(data, network),
    names: homes.map(({ name }) => name),
    holder: runner && nameOf(runner),
  }
}
