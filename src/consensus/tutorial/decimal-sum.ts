/** A sum of decimal numbers, exact: a whole number of units, each 10 to the power of minus `#decimals`. */
export class DecimalSum {
  #units = 0n
  #decimals = 0

  get isZero(): boolean {
    return this.#units === 0n
  }

  /** @param number a JSON number: `12`, `-0.5`, `1e-07` */
  add(number: string, sign: 1n | -1n): void {
    const [digits, exponent = '0'] = number.split('e') as [string, string?]
    const point = digits.indexOf('.')
    if (point < 0) this.#addUnits(sign * BigInt(digits), -Number(exponent))
    else {
      const decimals = digits.length - point - 1
      this.#addUnits(sign * BigInt(digits.slice(0, point) + digits.slice(point + 1)), decimals - Number(exponent))
    }
  }

  addSum(sum: DecimalSum, sign: 1n | -1n): void {
    this.#addUnits(sign * sum.#units, sum.#decimals)
  }

  #addUnits(units: bigint, decimals: number): void {
    if (decimals > this.#decimals) {
      this.#units *= 10n ** BigInt(decimals - this.#decimals)
      this.#decimals = decimals
    }
    this.#units += decimals === this.#decimals ? units : units * 10n ** BigInt(this.#decimals - decimals)
  }

  /** Without an exponent, and without zeros that say nothing: `12.5`. */
  toString(): string {
    if (this.#decimals === 0) return String(this.#units)
    const isNegative = this.#units < 0n
    const digits = String(isNegative ? -this.#units : this.#units).padStart(this.#decimals + 1, '0')
    const point = digits.length - this.#decimals
    let end = digits.length
    while (end > point && digits[end - 1] === '0') end--
    const fraction = end > point ? `.${digits.slice(point, end)}` : ''
    return `${isNegative ? '-' : ''}${digits.slice(0, point)}${fraction}`
  }
}
