import type { Command } from 'commander'
import { EXIT, EXIT_MEANINGS } from '../exit-codes.js'
import { fields } from '../table.js'
import type { Terminal } from '../terminal.js'

/** `chain help`: explains a command, or what the exit codes mean. */
export async function help(terminal: Terminal, program: Command, topic: readonly string[]): Promise<void> {
  if (topic.length === 1 && topic[0] === 'exit-codes') return explainExitCodes(terminal)
  let command = program
  for (const name of topic) {
    const next = command.commands.find((each) => each.name() === name)
    if (next === undefined) return refuseTopic(command, name)
    command = next
  }
  command.help()
}

/** @throws ParseError */
function refuseTopic(command: Command, name: string): void {
  if (command.commands.length === 0) command.error(`chain ${command.name()} has no commands of its own`)
  // The parser knows what may have been meant.
  command.parse([name], { from: 'user' })
}

function explainExitCodes(terminal: Terminal): void {
  const codes = Object.entries(EXIT).map(([name, code]) => ({
    name,
    code,
    meaning: EXIT_MEANINGS[name as keyof typeof EXIT],
  }))
  terminal.result({ exitCodes: codes }, () =>
    fields(
      codes.map(({ code, meaning }) => [String(code), meaning]),
      terminal.paint.bold,
    ),
  )
}
