import completion, { type Command as Candidates, type Complete } from '@bomb.sh/tab'
import addCompletions from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { allNetworks } from '../config/network-files.js'
import { dataFolder } from '../config/paths.js'
import { usableHomes } from './nodes/network-homes.js'

/** What the script for bash asks of the package bash-completion, for where that is not installed, such as on macOS. */
const BASH_WITHOUT_PACKAGE = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
  }
fi
`

/** The library adds commands of its own, under a name that is not taken. */
const ADDED_COMMAND = 'shell-completion'

/** Prints the script that has a shell ask `chain complete` for what may come next. */
export function printCompletion(shell: string): void {
  if (shell === 'bash') process.stdout.write(BASH_WITHOUT_PACKAGE)
  completion.setup('chain', 'chain', shell)
}

/** Answers such a question. @param argv `complete -- WORDS` */
export async function complete(program: Command, argv: readonly string[]): Promise<void> {
  const candidates = addCompletions(program, { completionCommandName: ADDED_COMMAND })
  candidates.commands.delete(ADDED_COMMAND)
  const values = valuesIn(dataFolder(typedFolder(argv) ?? process.env.CHAIN_DATA))
  for (const command of candidates.commands.values()) offerGlobalOptions(command, program, values)
  await program.parseAsync([...argv], { from: 'user' })
}

/** The library offers the flags of all commands before a command alone, where nobody types them. */
function offerGlobalOptions(command: Candidates, program: Command, values: Values): void {
  for (const { long, description, required } of program.options) {
    const name = long!.slice(2)
    if (required) command.option(name, description, values[name] ?? (() => {}))
    else command.option(name, description)
  }
}

/** What offers the values of a flag, by its name. */
type Values = Readonly<Record<string, (offer: Complete) => void>>

function valuesIn(data: string): Values {
  const offerHomes = (isWanted: (name: string) => boolean) => (offer: Complete) => {
    const networks = new Map<string, string[]>()
    for (const { name, network } of usableHomes(data).filter((home) => isWanted(home.name))) {
      networks.set(name, [...(networks.get(name) ?? []), network])
    }
    for (const [name, of] of networks) offer(name, of.join(', '))
  }
  const isPort = (name: string): boolean => /^\d+$/.test(name)
  return {
    network: (offer) => {
      for (const { name, title } of allNetworks(data, () => {})) offer(name, title)
    },
    port: offerHomes(isPort),
    name: offerHomes((name) => !isPort(name)),
  }
}

/** The data folder of the command that is being typed, if it names one. */
function typedFolder(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf('--data-dir')
  return at < 0 ? undefined : words[at + 1]
}
