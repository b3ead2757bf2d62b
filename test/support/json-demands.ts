/** Looks at JSON texts without our code. */

/** What a text asks of its reader. */
export interface Demands {
  readonly depth: number
  readonly integerDigits: number
  /** Whether a float in it is too large for 64 bits. */
  readonly overflows: boolean
}

/** @param text that `JSON.parse` reads */
export function demandsOf(text: string): Demands {
  let [depth, deepest, integerDigits, overflows] = [0, 0, 0, false]
  for (const token of tokensOf(text)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth)
    else if (token === ']' || token === '}') depth--
    else if (/^-?\d+$/.test(token)) integerDigits = Math.max(integerDigits, token.replace('-', '').length)
    else if (/^-?\d/.test(token) && !Number.isFinite(Number(token))) overflows = true
  }
  return { depth: deepest, integerDigits, overflows }
}

/**
 * What is wrong with a printed text: an integer -0, which Python has not, or a key that does not stand behind the one
 * before it, by code points.
 * @param text that `JSON.parse` reads
 */
export function flawOf(text: string): string | undefined {
  // Of each array and object around, the key that was last.
  const last: (number[] | undefined)[] = []
  let string = ''
  for (const token of tokensOf(text)) {
    if (token === '{' || token === '[') last.push(undefined)
    else if (token === '}' || token === ']') last.pop()
    else if (token === '-0') return 'the integer -0'
    else if (token.startsWith('"')) string = token
    else if (token === ':') {
      const key = JSON.parse(string) as string
      const points = Array.from(key, (character) => character.codePointAt(0)!)
      const before = last.at(-1)
      if (before !== undefined && !isBelow(before, points)) return `the key ${string}`
      last[last.length - 1] = points
    }
  }
  return undefined
}

function isBelow(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!
  return a.length < b.length
}

/** The strings, numbers, words and marks of a text. */
function* tokensOf(text: string): Generator<string> {
  const numberOrWord = /[^\s,:"[\]{}]+/y
  for (let at = 0; at < text.length; ) {
    const start = at
    if (text[at] === '"') {
      at++
      while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
      at++
    } else {
      numberOrWord.lastIndex = at
      at = numberOrWord.test(text) ? numberOrWord.lastIndex : at + 1
    }
    yield text.slice(start, at)
  }
}

/** Whether two values that `JSON.parse` gave are the same; 0 and -0 are, because Python has no integer -0. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && sameJson(Reflect.get(a, key), Reflect.get(b, key)))
}
