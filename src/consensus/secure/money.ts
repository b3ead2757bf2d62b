import { type Reject, reject } from '../reject.js'
import type { SecureDefinition } from './definition.js'

/** Grains in a coin. */
export const COIN = 100_000_000
/** No more grains ever exist, on any network; so all sums of them are exact as numbers. */
export const MAX_MONEY = 8.4e15

const DECIMALS = 8
const HALVINGS = 64
/** The first block that has a reward: the one before is the genesis. */
const FIRST_REWARDED = 2

/** What a block may pay its miner besides the fees, in grains. */
export function subsidyAt({ subsidy, halving_interval }: SecureDefinition, index: number): number {
  const halvings = Math.floor((index - FIRST_REWARDED) / halving_interval)
  // Not >>, which takes 32 bits.
  return halvings >= HALVINGS ? 0 : Math.floor(subsidy / 2 ** halvings)
}

/** Coins as decimal text, without zeros behind it: `5`, `0.00000001`. @param grains a safe integer */
export function formatCoins(grains: number): string {
  const digits = String(Math.abs(grains)).padStart(DECIMALS + 1, '0')
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '')
  const whole = digits.slice(0, -DECIMALS)
  return `${grains < 0 ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** Coins for people, with the unit. @param grains a safe integer */
export function coinsText(grains: number): string {
  return `${formatCoins(grains)} ${grains === COIN ? 'coin' : 'coins'}`
}

const HOW = 'write coins such as 5 or 0.25, with at most 8 digits behind the point'

/** Grains of coins as decimal text, exactly. */
export function parseCoins(text: string): number | Reject {
  const [, whole, fraction = ''] = /^(\d{1,16})(?:\.(\d{1,8}))?$/.exec(text.trim()) ?? []
  if (whole === undefined) {
    const isNumber = /^\d+(?:\.\d+)?$/.test(text.trim())
    const what = isNumber
      ? 'an amount has at most 16 digits before the point and 8 behind it'
      : 'an amount is a number of coins'
    return reject('bad-amount', what, { got: text, hint: HOW })
  }
  const grains = BigInt(whole) * BigInt(COIN) + BigInt(fraction.padEnd(DECIMALS, '0'))
  if (grains > BigInt(MAX_MONEY)) {
    return reject('bad-amount', 'there are never so many coins', {
      got: text,
      expected: 'at most 84000000',
    })
  }
  return Number(grains)
}
