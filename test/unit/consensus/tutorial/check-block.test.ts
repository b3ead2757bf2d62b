import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { TutorialRules } from '../../../../src/consensus/tutorial/rules.js'
import { codeOf, decodeText } from '../../../support/tutorial.js'

// The article's first proofs with four zeros. Written again here, not imported.
const ARTICLE = new TutorialRules('article', 4)
const BOUND = new TutorialRules('bound', 4)

function genesis(proof = '100'): string {
  return `{"index": 1, "previous_hash": 1, "proof": ${proof}, "timestamp": 1506280650.770839, "transactions": []}`
}

/** The second block in the form that is hashed; the texts are JSON. */
function second(proof: string, previousHash = JSON.stringify(sha256(genesis())), extra = ''): string {
  return `{"index": 2, "previous_hash": ${previousHash}, "proof": ${proof}, "timestamp": 1506280664.5, "transactions": []${extra}}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The smallest proof with four zeros that is not below `from`. */
function proofAfter(before: string, after = '', from = 0): number {
  for (let proof = from; ; proof++) if (sha256(`${before}${proof}${after}`).startsWith('0000')) return proof
}

function check(rules: TutorialRules, block: string, parent = genesis()): string | undefined {
  return codeOf(rules.checkBlock(decodeText(block), decodeText(parent)))
}

describe('a block is valid', () => {
  test('with the hash of the block before and the article’s proof', () => {
    expect(check(ARTICLE, second('35293'))).toBeUndefined()
  })

  test('with any fields of its own, and a proof that is not the smallest', () => {
    const larger = proofAfter('100', '', 35_294)
    expect(check(ARTICLE, second(String(larger), undefined, ', "zeta": [{"a": 1.50}]'))).toBeUndefined()
  })

  test('whatever its index, its time and its transactions are: nothing else is checked', () => {
    const text = `{"index": "x", "previous_hash": "${sha256(genesis())}", "proof": 35293, "timestamp": null, "transactions": {}}`
    expect(check(ARTICLE, text)).toBeUndefined()
    expect(check(ARTICLE, `{"previous_hash": "${sha256(genesis())}", "proof": 35293}`)).toBeUndefined()
  })

  test('as a first block, whatever it is: each Python node makes its own', () => {
    for (const text of [genesis(), '{}', '{"proof": []}', '{"index": 7, "previous_hash": null}']) {
      expect(ARTICLE.checkBlock(decodeText(text), undefined)).toBeUndefined()
    }
  })
})

describe('bad-previous-hash', () => {
  test.each([
    ['the hash of another block', JSON.stringify('00'.repeat(32))],
    ['in capitals', JSON.stringify(sha256(genesis()).toUpperCase())],
    ['the integer 1, as in a genesis block', '1'],
    ['null', 'null'],
    ['a list', `["${sha256(genesis())}"]`],
    ['with a space', JSON.stringify(`${sha256(genesis())} `)],
  ])('%s is refused', (_what, previousHash) => {
    const refusal = ARTICLE.checkBlock(decodeText(second('35293', previousHash)), decodeText(genesis()))
    expect(refusal).toMatchObject({
      code: 'bad-previous-hash',
      fault: 'sender',
      got: previousHash,
      expected: sha256(genesis()),
    })
  })

  test('none at all is refused', () => {
    const refusal = ARTICLE.checkBlock(decodeText('{"proof": 35293}'), decodeText(genesis()))
    expect(refusal).toMatchObject({ code: 'bad-previous-hash', got: 'none' })
  })

  test('is compared as a value: escapes in the text of the hash do not matter', () => {
    const hash = sha256(genesis())
    const escaped = `"\\u00${hash.charCodeAt(0).toString(16)}${hash.slice(1)}"`
    expect(check(ARTICLE, second('35293', escaped))).toBeUndefined()
  })

  test('stands for the whole block before: one byte of it changed is refused', () => {
    const changed = genesis().replace('770839', '770838')
    expect(check(ARTICLE, second('35293'), changed)).toBe('bad-previous-hash')
    // 1.0 is not 1, and the hash tells.
    expect(check(ARTICLE, second('35293'), genesis().replace('"index": 1', '"index": 1.0'))).toBe('bad-previous-hash')
  })

  test('goes before bad-proof', () => {
    expect(check(ARTICLE, second('1', '"00"'))).toBe('bad-previous-hash')
  })
})

describe('bad-proof', () => {
  test.each(['35292', '35294', '0', '-35293', '35293.0', '"35293 "', 'true', 'null', '""'])(
    '%s is refused',
    (proof) => {
      expect(check(ARTICLE, second(proof))).toBe('bad-proof')
    },
  )

  test('three zeros are too few', () => {
    let proof = 0
    while (!/^000[^0]/.test(sha256(`100${proof}`))) proof++
    expect(check(ARTICLE, second(String(proof)))).toBe('bad-proof')
    expect(check(new TutorialRules('article', 3), second(String(proof)))).toBeUndefined()
  })

  test('the zeros are hex digits: an odd number of them counts', () => {
    expect(check(new TutorialRules('article', 5), second('35293'))).toBe(
      sha256('10035293').startsWith('00000') ? undefined : 'bad-proof',
    )
    expect(check(new TutorialRules('article', 0), second('7'))).toBeUndefined()
  })

  test('says what was got, shortened', () => {
    const refusal = ARTICLE.checkBlock(decodeText(second(`"${'7'.repeat(500)}"`)), decodeText(genesis()))
    expect(refusal).toMatchObject({ code: 'bad-proof', got: '7'.repeat(80), fault: 'sender' })
    expect(refusal!.message).toBe("the proof's hash does not begin with 4 zeros")
  })
})

describe('a proof is hashed as Python’s str() prints it', () => {
  test.each([
    ['a text', (proof: number) => `"${proof}"`, (proof: number) => `${proof}`],
    ['a float', (proof: number) => `${proof}e0`, (proof: number) => `${proof}.0`],
    ['a large float', (proof: number) => `${proof}e20`, (proof: number) => pythonFloat(proof)],
  ])('%s', (_what, json, printed) => {
    let proof = 1
    while (!sha256(`100${printed(proof)}`).startsWith('0000')) proof++
    expect(check(ARTICLE, second(json(proof)))).toBeUndefined()
  })

  test.each([
    ['true', 'True'],
    ['false', 'False'],
    ['null', 'None'],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['1e16', '1e+16'],
    ['12345678901234567890', '12345678901234567890'],
    ['"\\u00e9"', 'é'],
  ])('of the block before: %s is %s', (json, printed) => {
    const parent = `{"proof": ${json}}`
    const proof = proofAfter(printed)
    const hash = decodeText(parent).hash
    expect(check(ARTICLE, second(String(proof), `"${hash}"`), parent)).toBeUndefined()
  })

  /** What repr makes of proof × 10^20, for proofs whose digits are few. */
  function pythonFloat(proof: number): string {
    const [digits, exponent] = (proof * 1e20).toExponential().split('e+') as [string, string]
    return `${digits}e+${exponent}`
  }
})

describe('bad-format', () => {
  test.each([
    ['none', '{}', 'a block has no "proof"'],
    ['a list', '{"proof": [35293]}', 'a proof is a list or an object'],
    ['an object', '{"proof": {}}', 'a proof is a list or an object'],
    ['half a surrogate pair', '{"proof": "\\ud83d"}', 'half a surrogate pair'],
  ])('a proof that is %s cannot be followed', (_what, parent, message) => {
    const block = second('35293', `"${decodeText(parent).hash}"`)
    const refusal = ARTICLE.checkBlock(decodeText(block), decodeText(parent))
    expect(refusal).toMatchObject({ code: 'bad-format', fault: 'sender' })
    expect(refusal!.message).toContain(message)
  })

  test.each(['[35293]', '{"a": 1}', '"\\ude00"'])('the proof %s is refused', (proof) => {
    expect(check(ARTICLE, second(proof))).toBe('bad-format')
  })

  test.each(['[]', '1', '"text"', 'null', 'true'])('%s is no block', (text) => {
    expect(() => decodeText(text)).toThrow('a block is not a JSON object')
  })
})

describe('other-edition', () => {
  test('a proof of the article is named as such by the bound rules', () => {
    const refusal = BOUND.checkBlock(decodeText(second('35293')), decodeText(genesis()))
    expect(refusal).toMatchObject({ code: 'other-edition', got: 'article', expected: 'bound', fault: 'sender' })
  })

  test('a bound proof is named as such by the article’s rules, and valid under its own', () => {
    const bound = second(String(proofAfter('100', sha256(genesis()))))
    const refusal = ARTICLE.checkBlock(decodeText(bound), decodeText(genesis()))
    expect(refusal).toMatchObject({ code: 'other-edition', got: 'bound', expected: 'article' })
    expect(check(BOUND, bound)).toBeUndefined()
  })
})
