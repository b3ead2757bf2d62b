/** Two of them stand in a table that is 80 characters wide. */
const SHORT_HASH = 12

/**
 * Shows text from a chain or a peer without letting it steer the terminal: control characters, C1 and the marks that
 * change the direction of writing become visible escapes, and so do halves of characters.
 */
export function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu,
    escaped,
  )
}

/** JSON that is harmless as it stands: whatever is not ASCII is escaped. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The beginning of a hash or identity, enough to tell it from others. */
export function shortened(text: string, length = SHORT_HASH): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

/** A number of so many characters stands in a table as it is. */
const LONG_AMOUNT = 24

/** An amount for a table. Of a number that is longer than any other cell its size is told: its first digits alone would mislead. */
export function amountText(amount: string): string {
  const [, sign, first, others, fraction] = /^([+-]?)(\d)(\d*)(?:\.(\d+))?$/.exec(amount) ?? []
  if (amount.length <= LONG_AMOUNT || first === undefined) return amount
  // What is long behind the point alone is cut there.
  if (others!.length < LONG_AMOUNT / 2) return `${amount.slice(0, LONG_AMOUNT - 1)}…`
  return `${sign}${first}.${`${others}${fraction ?? ''}`.slice(0, 5)}…e+${others!.length}`
}

/** 12345 as 12,345. Without `toLocaleString`: its first call takes 25 ms. */
export function grouped(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 block`, `2 blocks`, `2 hashes`. */
export function counted(count: number, noun: string): string {
  const plural = noun.endsWith('h') ? `${noun}es` : `${noun}s`
  return `${grouped(count)} ${count === 1 ? noun : plural}`
}

/** `35 ms`, `4.2 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** Seconds since 1970 as the date and time of this machine's place, `2026-11-22 17:40:05`; `?` for what is none. */
export function timeText(seconds: number | undefined | null): string {
  const date = new Date((seconds ?? Number.NaN) * 1000)
  return Number.isNaN(date.getTime()) ? '?' : date.toLocaleString('sv-SE')
}

/** A word as it is typed into a shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
