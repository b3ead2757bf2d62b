import { readFileSync } from 'node:fs'

/** A table of test/vectors; each names its source. */
export function vectors<T>(name: string): T & { source: string } {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'))
}
