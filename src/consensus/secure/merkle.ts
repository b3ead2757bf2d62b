import { concatBytes } from '../../primitives/bytes.js'
import { sha256d, ZERO_HASH } from './hash.js'

/**
 * What the tree is made over: the coinbase's id with the extra nonce behind it, hashed, then the ids of the others. All in the order in
 * which they are hashed.
 * @param extraNonce 8 bytes
 */
export function merkleLeaves(
  coinbaseId: Uint8Array,
  extraNonce: Uint8Array,
  otherIds: readonly Uint8Array[],
): Uint8Array[] {
  return [sha256d(concatBytes([coinbaseId, extraNonce])), ...otherIds]
}

/**
 * Root of Bitcoin's tree, in which the last node of an odd row is paired with itself.
 * @returns with `hasEqualPair`: whether two nodes that are both there and stand in one pair are equal. Then a shorter list has the same
 * root (CVE-2012-2459).
 */
export function merkleRoot(leaves: readonly Uint8Array[]): { root: Uint8Array; hasEqualPair: boolean } {
  if (leaves.length === 0) return { root: ZERO_HASH, hasEqualPair: false }
  let hasEqualPair = false
  let row = leaves
  while (row.length > 1) {
    const next: Uint8Array[] = []
    for (let i = 0; i < row.length; i += 2) {
      const left = row[i]!
      const right = row[i + 1]
      if (right !== undefined && areEqual(left, right)) hasEqualPair = true
      next.push(sha256d(concatBytes([left, right ?? left])))
    }
    row = next
  }
  return { root: row[0]!, hasEqualPair }
}

/** The nodes that leaf 0 is paired with on its way to the root, from the lowest row on. */
export function coinbaseBranch(otherIds: readonly Uint8Array[]): Uint8Array[] {
  const branch: Uint8Array[] = []
  // The first place of each row is leaf 0's, whose value is not needed.
  let row: readonly Uint8Array[] = [ZERO_HASH, ...otherIds]
  while (row.length > 1) {
    branch.push(row[1]!)
    const next: Uint8Array[] = [ZERO_HASH]
    for (let i = 2; i < row.length; i += 2) next.push(sha256d(concatBytes([row[i]!, row[i + 1] ?? row[i]!])))
    row = next
  }
  return branch
}

/** The nodes that a leaf is paired with on its way to the root, from the lowest row on; in an odd row the last one's is itself. */
export function merkleBranch(leaves: readonly Uint8Array[], position: number): Uint8Array[] {
  const branch: Uint8Array[] = []
  let row = leaves
  for (let at = position; row.length > 1; at >>= 1) {
    branch.push(row[at ^ 1] ?? row[at]!)
    const pairs = Array.from({ length: Math.ceil(row.length / 2) }, (_, i) => [
      row[2 * i]!,
      row[2 * i + 1] ?? row[2 * i]!,
    ])
    row = pairs.map((pair) => sha256d(concatBytes(pair)))
  }
  return branch
}

/**
 * The root to which a leaf leads.
 * @param position of the leaf: below 2 to the number of nodes in the branch
 * @returns undefined where there is no such place: the last node of an odd row is paired with itself, and stands on the left alone
 */
export function rootOfBranch(
  leaf: Uint8Array,
  position: number,
  branch: readonly Uint8Array[],
): Uint8Array | undefined {
  let node = leaf
  for (const [row, other] of branch.entries()) {
    const isRight = (position >> row) % 2 === 1
    if (isRight && areEqual(node, other)) return undefined
    node = sha256d(concatBytes(isRight ? [other, node] : [node, other]))
  }
  return node
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i])
}
