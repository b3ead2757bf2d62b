import { utf8 } from '../../primitives/bytes.js'
import { isJsonObject, JsonNumber, type JsonValue } from '../../primitives/json/value.js'
import type { UnixSeconds } from '../../primitives/time.js'
import { type Reject, reject } from '../reject.js'
import { bitsOfText, bitsText, compactOf, targetOf } from './compact-target.js'
import { sha256d, shownHash, ZERO_HASH } from './hash.js'
import { type Header, headerHash, VERSION } from './header.js'

/** All that makes a secure network. Its genesis commits to it, so that a network's id tells its rules. */
export interface SecureDefinition {
  /** 1 to 64 of a-z, 0-9 and -: names a folder. */
  readonly name: string
  readonly rules: 'secure'
  /** What addresses begin with: 1 to 50 of a-z and 0-9, a letter first. */
  readonly hrp: string
  readonly genesis_time: UnixSeconds
  /** Of blocks 2 and 3: compact form, 8 hex digits. */
  readonly genesis_bits: string
  /** The easiest target, in the same form. */
  readonly pow_limit: string
  /** Seconds that a block is to take. */
  readonly block_time: number
  /** A block that took longer counts as if it had taken so many seconds. */
  readonly max_solve_time: number
  /** Blocks by which a change of the hash rate is followed; 0: the target never changes. */
  readonly smoothing: number
  /** Seconds that a block may be ahead of the local clock. */
  readonly future_limit: number
  /** Grains that a block brings into being at first. */
  readonly subsidy: number
  /** Blocks after which that is halved. */
  readonly halving_interval: number
  /** Of the transactions, as UTF-8 of RFC 8785. */
  readonly max_block_bytes: number
}

export const SECURE: SecureDefinition = Object.freeze({
  name: 'secure',
  rules: 'secure',
  hrp: 'chain',
  genesis_time: 1767225600,
  genesis_bits: '1e00ffff',
  pow_limit: '1f00ffff',
  block_time: 30,
  max_solve_time: 3600,
  smoothing: 40,
  future_limit: 60,
  subsidy: 5_000_000_000,
  halving_interval: 840_000,
  max_block_bytes: 1_000_000,
})

/** Instant blocks, for developing against. Times may run ahead of the clock by a second a block. */
export const DEV: SecureDefinition = Object.freeze({
  ...SECURE,
  name: 'dev',
  hrp: 'chaindev',
  genesis_bits: '207fffff',
  pow_limit: '207fffff',
  block_time: 1,
  max_solve_time: 10,
  smoothing: 0,
  future_limit: 86_400,
})

/** What a network of one's own takes from `SECURE` is scaled by how long its blocks take. */
const SECURE_TARGET = targetOf(bitsOfText(SECURE.genesis_bits))!

/**
 * A network of one's own, which begins now: nobody else's has the same id by accident.
 * @param blockTime seconds that a block is to take
 */
export function newDefinition(name: string, blockTime: number, now: UnixSeconds): SecureDefinition {
  const limit = targetOf(bitsOfText(SECURE.pow_limit))!
  const target = (SECURE_TARGET * BigInt(SECURE.block_time)) / BigInt(blockTime)
  return Object.freeze({
    ...SECURE,
    name,
    // So that an address shows of which network it is, as far as a name does.
    hrp: name
      .replaceAll('-', '')
      .replace(/^(?=\d|$)/, 'c')
      .slice(0, MAX_NEW_HRP),
    genesis_time: Math.floor(now),
    genesis_bits: bitsText(compactOf(target < limit ? target : limit)),
    block_time: blockTime,
    max_solve_time: (SECURE.max_solve_time / SECURE.block_time) * blockTime,
  })
}

/** Longer ones would make an address longer than its checksum protects. */
const MAX_NEW_HRP = 20

const U32_MAX = 0xffff_ffff
/** 2 × subsidy × interval is the most that ever exists. */
const MAX_SUPPLY = 8.4e15
const BITS = /^[0-9a-f]{8}$/

/** What a field must be, in words, and whether it is. */
interface FieldRule {
  readonly expected: string
  readonly holds: (value: string | number) => boolean
}

const FIELDS: Readonly<Record<keyof SecureDefinition, FieldRule>> = {
  name: text(/^[a-z0-9-]{1,64}$/, '1 to 64 of a-z, 0-9 and -'),
  rules: text(/^secure$/, '"secure"'),
  hrp: text(/^[a-z][a-z0-9]{0,49}$/, '1 to 50 of a-z and 0-9, a letter first'),
  genesis_time: integer(0, U32_MAX),
  genesis_bits: { expected: 'a compact target, such as "1e00ffff"', holds: isCanonicalBits },
  pow_limit: { expected: 'a compact target, such as "1f00ffff"', holds: isCanonicalBits },
  block_time: integer(1),
  max_solve_time: integer(1),
  smoothing: integer(0),
  future_limit: integer(0),
  subsidy: integer(0),
  halving_interval: integer(1),
  max_block_bytes: integer(1000, 1_000_000),
}

/** Reads a definition: exactly these fields, each within its bounds. */
export function readDefinition(value: JsonValue): SecureDefinition | Reject {
  if (!isJsonObject(value)) return bad('a definition is a JSON object')
  const unknown = Object.keys(value).find((field) => !Object.hasOwn(FIELDS, field))
  if (unknown !== undefined) return bad(`"${unknown.slice(0, 40)}" is no field of a definition`)
  const fields: Record<string, string | number> = {}
  for (const [field, { expected, holds }] of Object.entries(FIELDS)) {
    const given = value[field]
    if (given === undefined) return bad(`"${field}" is missing`, { expected })
    const plain = given instanceof JsonNumber && given.isInteger ? given.toNumber() : given
    const isPlain = typeof plain === 'string' || typeof plain === 'number'
    if (!isPlain || !holds(plain)) return bad(`"${field}" is out of its bounds`, { got: shown(given), expected })
    fields[field] = plain
  }
  const definition = Object.freeze(fields as unknown as SecureDefinition)
  const { genesis_bits, pow_limit, subsidy, halving_interval } = definition
  if (targetOf(bitsOfText(genesis_bits))! > targetOf(bitsOfText(pow_limit))!) {
    return bad('"genesis_bits" is easier than "pow_limit"', { got: genesis_bits, expected: pow_limit })
  }
  if (2n * BigInt(subsidy) * BigInt(halving_interval) > BigInt(MAX_SUPPLY)) {
    return bad('there would be more than 8.4e15 grains in the end: 2 x "subsidy" x "halving_interval"')
  }
  return definition
}

/** RFC 8785: the fields are texts of ASCII and safe integers, which JSON.stringify prints so, and the keys are put in their order here. */
export function definitionText(definition: SecureDefinition): string {
  const sorted = Object.entries(definition).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(sorted))
}

/** The header of the first block, which commits to the definition. */
export function genesisHeader(definition: SecureDefinition): Header {
  return {
    version: VERSION,
    previousHash: ZERO_HASH,
    merkleRoot: sha256d(utf8(definitionText(definition))),
    timestamp: definition.genesis_time,
    bits: bitsOfText(definition.genesis_bits),
    proof: 0,
  }
}

/** The hash of the first block, as it is shown: two networks are the same where it is. */
export function networkId(definition: SecureDefinition): string {
  return shownHash(headerHash(genesisHeader(definition)))
}

function bad(message: string, details: { got?: string; expected?: string } = {}): Reject {
  return reject('bad-definition', message, details)
}

function text(form: RegExp, expected: string): FieldRule {
  return { expected, holds: (value) => typeof value === 'string' && form.test(value) }
}

function integer(least: number, most = Number.MAX_SAFE_INTEGER): FieldRule {
  const expected =
    most === Number.MAX_SAFE_INTEGER ? `an integer from ${least} on` : `an integer from ${least} to ${most}`
  return { expected, holds: (value) => typeof value === 'number' && value >= least && value <= most }
}

function isCanonicalBits(value: string | number): boolean {
  if (typeof value !== 'string' || !BITS.test(value)) return false
  const target = targetOf(bitsOfText(value))
  return target !== undefined && compactOf(target) === bitsOfText(value)
}

function shown(value: JsonValue): string {
  return value instanceof JsonNumber ? value.text : typeof value === 'string' ? value : 'something else'
}
