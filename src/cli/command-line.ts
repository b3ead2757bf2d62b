import type { GlobalOptions } from '../config/options.js'
import { shellWord } from './text.js'

/**
 * A command as it can be typed, for a hint: it finds the same data folder as the one that gives the hint.
 * @param words such as `peers list`; what a person wrote is to be a `shellWord` in it
 * @param flags that choose the node, such as those of an `OpenedNode`
 */
export function commandLine({ dataDir }: GlobalOptions, words: string, flags: readonly string[] = []): string {
  // A folder of the environment is found without a flag.
  const data = dataDir === undefined || dataDir === process.env.CHAIN_DATA ? [] : ['--data-dir', dataDir]
  return ['chain', words, ...[...flags, ...data].map(shellWord)].join(' ')
}

/** The flags that chose the node, where none was opened yet: as they were given. */
export function givenNodeFlags({ node, port, name, network }: GlobalOptions): string[] {
  return Object.entries({ node, port, name, network }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, String(value)],
  )
}
