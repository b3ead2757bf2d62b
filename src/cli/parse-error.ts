/** The words of a command line are none that the program knows, or not as it knows them. */
export class ParseError extends Error {
  /** What to do about it. */
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = 'ParseError'
    this.hint = hint
  }
}
