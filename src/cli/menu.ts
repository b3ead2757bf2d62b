import { type Command, CommanderError } from 'commander'
import { withNode } from './global-options.js'
import { type AskedNode, MENU_ENTRIES, type MenuEntry, type Words } from './menu-entries.js'
import { openNode } from './nodes/open-node.js'
import { askChoice } from './prompts.js'
import { fields } from './table.js'
import { Interrupted, Terminal } from './terminal.js'
import { counted, shellWord } from './text.js'

/** Makes a program that parses one command. */
type Describe = (complain: (text: string) => void) => Command

/** The node that the menu is about. */
interface MenuNode extends AskedNode {
  /** What leads to it again. */
  readonly flags: Words
}

const QUIT = { name: 'quit', value: 'quit' }

/**
 * `chain` alone on a terminal: how the node is, what can be done, and, for each choice, the command that does the same.
 * @param typed flags that say no node, which every command gets as well
 */
export async function menu(given: Terminal, describe: Describe, typed: Words): Promise<void> {
  let node = await showStatus(given, { whole: true })
  // From here on it is about this node, even if others begin to run.
  const terminal = new Terminal(
    withNode(
      given.options,
      describe(() => {}),
      node.flags,
    ),
    given.command,
  )
  given.note('each choice shows the command that does the same; Ctrl-C at a question goes back')
  for (;;) {
    const entry = await choose(
      terminal,
      MENU_ENTRIES.filter(({ takesNode, isFor = () => true }) => (!takesNode || node.isFree) && isFor(node.network)),
    )
    if (entry === undefined) return
    const words = await wordsOf(entry, terminal, node)
    if (words.length === 0) continue
    const command = [...words, ...typed, ...(entry.isOfNode ? node.flags : [])]
    terminal.showCommand(`chain ${command.map(shellWord).join(' ')}`)
    await attempt(terminal, () => run(describe, command))
    terminal.note('')
    await attempt(terminal, async () => {
      node = await showStatus(terminal)
    })
  }
}

async function choose(terminal: Terminal, entries: readonly MenuEntry[]): Promise<MenuEntry | undefined> {
  const choices = entries.map(({ name, description }) => ({ name, value: name, description }))
  const chosen = await askChoice(terminal, 'What next?', 'a command', [...choices, QUIT])
  return entries.find(({ name }) => name === chosen)
}

/** Ctrl-C at a question goes back to the menu. */
async function wordsOf(entry: MenuEntry, terminal: Terminal, node: MenuNode): Promise<Words> {
  try {
    return await entry.words(terminal, node)
  } catch (error) {
    if (error instanceof Interrupted) return []
    throw error
  }
}

/** Carries a command out as if it had been typed. */
async function run(describe: Describe, words: Words): Promise<void> {
  const program = describe((text) => void process.stderr.write(text))
  await program.parseAsync([...words], { from: 'user' })
}

/** Shows an error, whatever it is, and goes on. */
async function attempt(terminal: Terminal, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    // Help was shown.
    if (!(error instanceof CommanderError)) terminal.fail(error)
  }
}

/** Shows the node whole at first, later what may have changed. */
async function showStatus(terminal: Terminal, { whole = false } = {}): Promise<MenuNode> {
  // Which node it is was said by the command before.
  const opening = whole ? terminal : new Terminal({ ...terminal.options, quiet: true }, terminal.command)
  const { api, flags, network, node, identity } = await openNode(opening, { ifNew: 'keep' })
  try {
    const { length, pending, peers } = await api.status()
    const state = [counted(length, 'block'), `${pending} pending`, counted(peers, 'peer')].join(', ')
    const who = [
      ['network', `${network.name}: ${network.title}`],
      ['identity', identity],
    ] as const
    const lines = fields([...(whole ? who : []), ['chain', state]], terminal.notePaint.dim)
    process.stderr.write(`${lines}\n`)
  } finally {
    await api.close()
  }
  return { network, flags, identity, isFree: node !== undefined }
}
