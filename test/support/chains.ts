import { createHash } from 'node:crypto'

/** Chains as another program would make them, without any of our code: what the tests offer to a node as a peer. */

export interface PlainTransaction {
  readonly sender: string
  readonly recipient: string
  /** Not a whole float, and nothing that JavaScript prints with an exponent: it would print otherwise in Python. */
  readonly amount: number
}

export interface PlainBlock {
  readonly index: number
  readonly timestamp: number
  readonly transactions: readonly PlainTransaction[]
  readonly proof: number
  readonly previous_hash: string | number
}

export interface ChainPlan {
  readonly length: number
  readonly zeros: number
  readonly edition?: 'article' | 'bound'
  /** The time of the first block: chains of different times share no block. */
  readonly time?: number
  /** The chain that this one continues. */
  readonly from?: readonly PlainBlock[]
  readonly transactions?: (index: number) => readonly PlainTransaction[]
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Python's `json.dumps(value, sort_keys=True)` of ASCII texts, whole numbers and plain fractions. */
export function dumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}: ${dumps(member)}`).join(', ')}}`
}

export function hashOf(block: PlainBlock): string {
  return sha256(dumps(block))
}

const proofs = new Map<string, number>()

/** The smallest proof that solves the puzzle. */
export function findProof(before: string, after: string, zeros: number): number {
  const key = `${before} ${after} ${zeros}`
  const known = proofs.get(key)
  if (known !== undefined) return known
  const start = '0'.repeat(zeros)
  let proof = 0
  while (!sha256(`${before}${proof}${after}`).startsWith(start)) proof++
  proofs.set(key, proof)
  return proof
}

export function buildChain(plan: ChainPlan): PlainBlock[] {
  const { length, zeros, edition = 'article', time = 1_600_000_000, from = [], transactions = () => [] } = plan
  const chain = [...from]
  while (chain.length < length) {
    const index = chain.length + 1
    const timestamp = time + index + 0.5
    const last = chain.at(-1)
    if (last === undefined) {
      const previous_hash = edition === 'article' ? 1 : '1'
      chain.push({ index, timestamp, transactions: transactions(index), proof: 100, previous_hash })
      continue
    }
    const previous_hash = hashOf(last)
    const proof = findProof(String(last.proof), edition === 'bound' ? previous_hash : '', zeros)
    chain.push({ index, timestamp, transactions: transactions(index), proof, previous_hash })
  }
  return chain
}

/** The answer to `GET /chain`. */
export function chainAnswer(chain: readonly unknown[], length = chain.length): string {
  return JSON.stringify({ chain, length })
}
