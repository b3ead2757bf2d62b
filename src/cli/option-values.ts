import { type Command, InvalidArgumentError } from 'commander'
import type { OptionDefinition } from '../config/options.js'

/** Has a program take an option, and the variable of the environment that stands in for it. */
export function addOption(program: Command, { flags, variable, description, largest }: OptionDefinition): void {
  const option = program.createOption(flags, description)
  if (variable !== undefined && process.env[variable] !== '') option.env(variable)
  if (flags.includes('<')) option.argParser(flags.includes('<folder>') ? folderName : someText)
  if (largest !== undefined) option.argParser(wholeNumber(1, largest))
  program.addOption(option)
}

/** What an unset variable of a script leaves is no value. */
export function someText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

export function wholeNumber(smallest: number, largest: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= smallest && value <= largest) return value
    throw new InvalidArgumentError(`It must be a whole number from ${smallest} to ${largest}.`)
  }
}

/** A number with or without a fraction. */
export function decimal(smallest: number, largest: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+(\.\d+)?$/.test(text) && value >= smallest && value <= largest) return value
    throw new InvalidArgumentError(`It must be a number from ${smallest} to ${largest}.`)
  }
}

/** A name of bytes that are no UTF-8 reaches us with U+FFFD in their place: that would be another folder. */
function folderName(text: string): string {
  if (text.includes('\ufffd')) throw new InvalidArgumentError('It must be UTF-8: take a folder with another name.')
  return someText(text)
}

/** Of a wallet. */
export function wordCount(text: string): 12 | 24 {
  if (text === '12') return 12
  if (text === '24') return 24
  throw new InvalidArgumentError('It must be 12 or 24.')
}
