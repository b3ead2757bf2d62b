/** What is wrong with a JSON text, and at which byte of it. */
export class JsonSyntaxError extends Error {
  readonly problem: string
  readonly offset: number

  constructor(problem: string, offset: number) {
    super(`${problem} at byte ${offset}`)
    this.name = 'JsonSyntaxError'
    this.problem = problem
    this.offset = offset
  }
}

/** Thrown where the text so far is the beginning of a value: a symbol, because a stack each time would cost more than the reading. */
export const INCOMPLETE: unique symbol = Symbol('the JSON text ends inside a value')
