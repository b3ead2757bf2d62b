import fc from 'fast-check'

/** The words of a text, however its lines are broken. */
export function words(text: string): string[] {
  return text.trim().split(/ *\n *| +/)
}

export function oneOfWords(text: string): fc.Arbitrary<string> {
  return fc.constantFrom(...words(text))
}

/** One text so many times as often as all others together. */
export function mostly(usual: string, times: number, others: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: times, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others })
}

/** One part behind the other. */
export function joined(...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((texts) => texts.join(''))
}
