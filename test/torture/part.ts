/** What a run of `npm run torture` is asked for. */
export interface TortureOptions {
  /** Makes all that is random in a run happen again. */
  readonly seed: number
  /** How much is to be done, in the part's own unit. */
  readonly cycles: number
  /** Says how far it is, beside the result. */
  readonly say: (text: string) => void
}

/** One line of the table. */
export interface Row {
  readonly what: string
  readonly count: number
  /** What went wrong, a text each. */
  readonly failures: readonly string[]
  readonly ms: number
}

/** One way to torture a node. */
export interface Part {
  readonly name: string
  readonly title: string
  /** The long form; the tests that run it briefly give their own number. */
  readonly cycles: number
  run(options: TortureOptions): Promise<Row[]>
}
