import { Big } from 'big.js'

/**
 * A sum of decimal numbers, exact. Numbers are added up by their exponents, as integers: with one of 4,300 digits among
 * them and one of 300 decimals, each further number would otherwise cost as much as these two.
 */
export class DecimalSum {
  readonly #coefficients = new Map<number, bigint>()

  /** @param number a JSON number: `12`, `-0.5`, `1e-07` */
  add(number: string, sign: 1n | -1n): void {
    const [digits, exponentText = '0'] = number.split('e') as [string, string?]
    const [whole, fraction = ''] = digits.split('.') as [string, string?]
    const exponent = Number(exponentText) - fraction.length
    const coefficient = BigInt(whole + fraction)
    this.#coefficients.set(exponent, (this.#coefficients.get(exponent) ?? 0n) + sign * coefficient)
  }

  total(): Big {
    let total = new Big(0)
    for (const [exponent, coefficient] of this.#coefficients) total = total.plus(new Big(`${coefficient}e${exponent}`))
    return total
  }
}
