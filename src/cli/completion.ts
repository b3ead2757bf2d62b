import completion from '@bomb.sh/tab'
import addCompletions from '@bomb.sh/tab/commander'
import type { Command } from 'commander'

/** Prints the script that has a shell ask `chain complete` for what may come next. */
export function printCompletion(shell: string): void {
  completion.setup('chain', 'chain', shell)
}

/** Answers such a question. @param argv `complete -- WORDS` */
export async function complete(program: Command, argv: readonly string[]): Promise<void> {
  // The library adds commands of its own, under a name that is not taken.
  addCompletions(program, { completionCommandName: 'shell-completion' })
  await program.parseAsync([...argv], { from: 'user' })
}
