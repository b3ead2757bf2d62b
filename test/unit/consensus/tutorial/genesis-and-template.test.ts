import { describe, expect, test } from 'vitest'
import { BUILT_IN_NETWORKS, networkNamed } from '../../../../src/consensus/networks.js'
import { TutorialRules } from '../../../../src/consensus/tutorial/rules.js'
import { asciiOf, utf8 } from '../../../../src/primitives/bytes.js'
import { decodeText, encoded, pay } from '../../../support/tutorial.js'
import { vectors } from '../../../support/vectors.js'

const ARTICLE = new TutorialRules('article', 4)
const BOUND = new TutorialRules('bound', 4)
const TIME = 1506280650.770839

describe('genesis', () => {
  test('of the article has previous_hash 1 and the page’s hash', () => {
    const { hash, encoded } = ARTICLE.genesis(TIME)
    expect(asciiOf(encoded)).toBe(
      '{"index": 1, "previous_hash": 1, "proof": 100, "timestamp": 1506280650.770839, "transactions": []}',
    )
    expect(hash).toBe('c099bc76471bfdd48ae262ba832388af2b87904924730633db415994fb82bfb7')
  })

  test('of the program on GitHub has previous_hash "1" and the page’s hash', () => {
    expect(BOUND.genesis(TIME).hash).toBe('a54baf00bfbe53601094e03bbc98f580a2b996f2d5aa46ffddd4576888981029')
  })

  test('at a whole second has a time with .0, as time.time() prints', () => {
    expect(asciiOf(ARTICLE.genesis(1506280650).encoded)).toContain('"timestamp": 1506280650.0,')
  })
})

describe('template', () => {
  const parent = ARTICLE.genesis(TIME)
  const contents = {
    transactions: [encoded(pay('a', 'b', 5)), encoded(pay('b', 'c', 0.5))],
    recipient: '8bbcb347e0634905b0cac7955bae152b',
    time: 1506280664.717925,
  }

  test('of the article asks for a proof after the proof before, and nothing else', () => {
    const { job, height, parentHash } = ARTICLE.template(parent, 1, () => contents)
    expect(job).toEqual({ kind: 'decimal', before: '100', after: '', zeros: 4 })
    expect([height, parentHash]).toEqual([2, parent.hash])
  })

  test('of the bound edition adds the hash of the block before', () => {
    const { job } = BOUND.template(parent, 1, () => contents)
    expect(job).toEqual({ kind: 'decimal', before: '100', after: parent.hash, zeros: 4 })
  })

  test('seals what was pending, and last the reward of 1 from "0"', () => {
    const block = ARTICLE.template(parent, 1, () => contents).seal(35293)
    expect(asciiOf(block.encoded)).toBe(
      '{"index": 2, "previous_hash": "c099bc76471bfdd48ae262ba832388af2b87904924730633db415994fb82bfb7", "proof": 35293, ' +
        '"timestamp": 1506280664.717925, "transactions": [{"amount": 5, "recipient": "b", "sender": "a"}, ' +
        '{"amount": 0.5, "recipient": "c", "sender": "b"}, ' +
        '{"amount": 1, "recipient": "8bbcb347e0634905b0cac7955bae152b", "sender": "0"}]}',
    )
    expect(ARTICLE.checkBlock(block, parent)).toBeUndefined()
    expect(ARTICLE.readBlock(block.encoded)).toEqual(block)
    expect(decodeText(asciiOf(block.encoded)).hash).toBe(block.hash)
  })

  test('takes its contents when the proof is found, so late payments still go in', () => {
    let transactions: Uint8Array[] = []
    const template = ARTICLE.template(parent, 1, () => ({ ...contents, transactions }))
    transactions = [encoded(pay('late', 'b', 1))]
    expect(asciiOf(template.seal(35293).encoded)).toContain('"late"')
  })

  test('a first block from outside without a proof cannot be built on', () => {
    expect(() => ARTICLE.template(decodeText('{}'), 1, () => contents)).toThrow('cannot be followed')
  })
})

describe('what of a block may be pending without it', () => {
  test('is what the pool would take, in its order: not the reward, nor what only a chain may hold', () => {
    const block = decodeText(
      `{"transactions": [{"sender": "a", "recipient": "b", "amount": 1}, {"sender":"\\u0030","recipient":"c","amount":1},
        7, {"x": {"sender": "0"}}, {"amount": 2, "sender": "0", "zeta": 1}, {"sender": 0},
        {"zeta": {"sender": "0"}, "sender": "c", "recipient": "d", "amount": 2.5}]}`,
    )
    expect(ARTICLE.transactionsOf(block).map(({ encoded }) => asciiOf(encoded))).toEqual([
      '{"amount": 1, "recipient": "b", "sender": "a"}',
      '{"amount": 2.5, "recipient": "d", "sender": "c", "zeta": {"sender": "0"}}',
    ])
  })

  test.each(['{}', '{"transactions": {}}', '{"transactions": "x"}', '{"transactions": []}'])(
    '%s holds none',
    (text) => {
      expect(ARTICLE.transactionsOf(decodeText(text))).toEqual([])
      expect(ARTICLE.ledgerKeys(decodeText(text))).toEqual([])
    },
  )
})

describe('networks', () => {
  test('the two editions, four zeros each; the article is the default', () => {
    expect(BUILT_IN_NETWORKS.map(({ name }) => name)).toEqual(['tutorial', 'tutorial-bound', 'secure', 'dev'])
    expect(networkNamed('tutorial')!.rules.genesis(TIME).hash).toMatch(/^c099bc/)
    expect(networkNamed('tutorial-bound')!.rules.genesis(TIME).hash).toMatch(/^a54baf/)
    for (const { rules } of BUILT_IN_NETWORKS.slice(0, 2)) {
      const contents = () => ({ transactions: [], recipient: '', time: 0 })
      const { job } = rules.template(rules.genesis(TIME), 1, contents, { grandparent: undefined })
      expect(job).toMatchObject({ kind: 'decimal', zeros: 4 })
      expect(rules.blockLimits).toEqual({ maxDepth: 900, maxBytes: 8_388_608 })
    }
    expect(networkNamed('bitcoin')).toBeUndefined()
  })

  test('cannot be changed', () => {
    expect(Object.isFrozen(networkNamed('tutorial'))).toBe(true)
  })
})

describe('the article’s proofs', () => {
  const { proofs } = vectors<{ proofs: number[] }>('article-proofs.json')

  test('from 100: 35293, 35089, 119678, 146502, 43538, and there are 108 of them', () => {
    expect(proofs.slice(0, 6)).toEqual([100, 35293, 35089, 119678, 146502, 43538])
    expect(new Set(proofs).size).toBe(108)
  })

  test('are valid one after the other', () => {
    let parent = ARTICLE.genesis(TIME)
    for (const proof of proofs.slice(1)) {
      const text = `{"previous_hash": "${parent.hash}", "proof": ${proof}}`
      const block = ARTICLE.readBlock(utf8(text))
      expect(ARTICLE.checkBlock(block, parent)).toBeUndefined()
      parent = block
    }
  })
})
