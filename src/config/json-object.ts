import { existsSync, readFileSync, renameSync } from 'node:fs'

/** Reads a file that holds a JSON object; undefined where it holds something else. @throws the file system's error */
export function readJsonObject(file: string): Record<string, unknown> | undefined {
  const text = readFileSync(file, 'utf8')
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Keeps a file that holds no JSON object beside its place, which is about to be written; none that was kept before is replaced. */
export function setAsideDamaged(file: string): void {
  if (!existsSync(file) || readJsonObject(file) !== undefined) return
  let kept = `${file}.damaged`
  for (let i = 2; existsSync(kept); i++) kept = `${file}.damaged-${i}`
  renameSync(file, kept)
}
