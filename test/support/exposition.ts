import { expect } from 'vitest'

/** A value is what Go's ParseFloat reads. @see Prometheus, "Text-based format" */
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"'
const COMMENT = new RegExp(
  `^# (?:HELP (?<helped>${NAME}) \\S.*|TYPE (?<typed>${NAME}) (?<type>counter|gauge|histogram|summary))$`,
)
const SAMPLE = new RegExp(
  `^(?<name>${NAME})(?:\\{(?<labels>${LABEL}(?:,${LABEL})*)\\})? (?<value>[Nn]a[Nn]|[+-]Inf|-?[\\d.]+(?:e[+-]?\\d+)?)$`,
)

/** Figures as they were scraped: by name, or by `name{label="value"}` with the labels sorted. */
export type Figures = ReadonlyMap<string, number>

/** Reads Prometheus' text format as strictly as its description has it: every figure belongs to a family that is explained before it, once. */
export function readExposition(text: string): { figures: Figures; types: ReadonlyMap<string, string> } {
  expect(text.endsWith('\n')).toBe(true)
  const helped = new Set<string>()
  const types = new Map<string, string>()
  const figures = new Map<string, number>()
  let family = ''
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = COMMENT.exec(line)?.groups
    const sample = SAMPLE.exec(line)?.groups
    if (comment?.helped !== undefined) {
      expect(helped, `${line}: explained before`).not.toContain(comment.helped)
      helped.add(comment.helped)
    } else if (comment?.typed !== undefined) {
      family = comment.typed
      expect(helped, `${line}: not explained`).toContain(family)
      expect(types.has(family), `${line}: twice`).toBe(false)
      types.set(family, comment.type)
    } else {
      expect(sample, `not a line of the format: ${line}`).toBeDefined()
      const { name, labels, value } = sample!
      const suffixes = types.get(family) === 'histogram' ? '_(bucket|sum|count)' : ''
      expect(name, 'a figure of another family').toMatch(new RegExp(`^${family}${suffixes}$`))
      const key = labels === undefined ? name : `${name}{${labels.match(new RegExp(LABEL, 'g'))!.sort().join()}}`
      expect(figures.has(key), `${key}: twice`).toBe(false)
      figures.set(key, Number(value.replace('Inf', 'Infinity')))
    }
  }
  return { figures, types }
}
