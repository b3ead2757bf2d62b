import { Command, type ErrorOptions, type ParseOptionsResult } from 'commander'
import { ParseError } from './parse-error.js'

/** How the library says that a value is not taken, up to the reason. */
const NOT_TAKEN =
  /^(?:option '(?<flags>[^']*)'|command-argument) (?:argument|value) '(?<value>.*?)' (?:from env '(?<variable>\w+)' )?is invalid(?: for argument '(?<argument>\w+)')?\. (?<reason>.*)\.$/s

/** A command whose parser says what is wrong in plain words, and names the help of the command that was meant. */
export class PlainCommand extends Command {
  #words: readonly string[] = []

  override createCommand(name?: string): PlainCommand {
    return new PlainCommand(name)
  }

  override parseOptions(words: string[]): ParseOptionsResult {
    this.#words = words
    return super.parseOptions(words)
  }

  /** Called by the library with what it would print. */
  override error(message: string, _options?: ErrorOptions): never {
    // Other programs have a command for it, and the one that is spelt most like it does something else.
    if (this.#words[0] === 'version' && message.includes("unknown command 'version'"))
      throw new ParseError('there is no command version', `${this.name()} --version`)
    throw new ParseError(inPlainWords(message), `${this.#meant()} --help`)
  }

  /** Also where a flag of all commands is wrong, of which this program knows only that they are its own. */
  #meant(): string {
    const names: string[] = []
    for (let command: Command | null = this; command !== null; command = command.parent) names.unshift(command.name())
    let meant: Command = this
    for (const word of this.#words) {
      const next = meant.commands.find((command) => command.name() === word)
      if (next === undefined) continue
      names.push(word)
      meant = next
    }
    return names.join(' ')
  }
}

function inPlainWords(message: string): string {
  const text = message
    .replace(/^error: /, '')
    .replace(/^too many arguments for '(.*)'\. Expected .*$/, 'too many words after $1')
    .replace(/^missing required argument '(.*)'$/, '<$1> is missing')
    .replace(/^option '(?:-\w, )?(.*)' argument missing$/, '$1 lacks its value')
    .replace(/\n\(Did you mean (.*)\)$/, ' (did you mean $1)')
  const { flags, value, variable, argument, reason } = NOT_TAKEN.exec(text)?.groups ?? {}
  if (reason === undefined) return text
  const name = variable ?? flags?.match(/--[\w-]+/)?.[0] ?? `<${argument}>`
  const demand = reason.replace(/^It /, '').replace(/^Allowed choices are /, 'must be one of ')
  return `${name} ${demand} (got ${JSON.stringify(value)})`
}
