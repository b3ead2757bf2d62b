import { type Command, CommanderError } from 'commander'
import { openNode } from './nodes/open-node.js'
import { askChoice, askOptional, askText } from './prompts.js'
import { fields } from './table.js'
import { Interrupted, type Terminal } from './terminal.js'
import { counted, shellWord } from './text.js'

/** The words of a command that does the same; none to go back. */
type Words = readonly string[]

/** Makes a program that parses one command. */
type Describe = (complain: (text: string) => void) => Command

interface Entry {
  readonly name: string
  words(terminal: Terminal): Promise<Words>
}

const BACK = { name: 'back', value: '' }

const PEERS: readonly { name: string; value: string }[] = [
  { name: 'show them', value: 'list' },
  { name: 'add one', value: 'add' },
  { name: 'remove one', value: 'remove' },
  BACK,
]

const ENTRIES: readonly Entry[] = [
  { name: 'mine a block', words: async () => ['mine'] },
  {
    name: 'send',
    words: async (terminal) => {
      const to = await askText(terminal, 'To whom?', '--to ADDRESS')
      const amount = await askText(terminal, 'How much?', '--amount NUMBER')
      return ['send', '--to', to, '--amount', amount]
    },
  },
  { name: 'balance', words: async (terminal) => ['balance', ...(await askAddress(terminal))] },
  { name: 'history', words: async (terminal) => ['history', ...(await askAddress(terminal))] },
  { name: 'blocks', words: async () => ['chain'] },
  {
    name: 'one block',
    words: async (terminal) => [
      'block',
      ...(await askOptional(terminal, 'Which one? (height or hash; Enter: the last)')),
    ],
  },
  { name: 'pending transactions', words: async () => ['pending'] },
  {
    name: 'peers',
    words: async (terminal) => {
      const what = await askChoice(terminal, 'Peers', 'list, add or remove', PEERS)
      if (what === BACK.value) return []
      return ['peers', what, ...(what === 'list' ? [] : [await askText(terminal, 'Its address?', 'http://HOST:PORT')])]
    },
  },
  { name: 'resolve: adopt the longest chain', words: async () => ['resolve'] },
  { name: 'watch what happens, until Ctrl-C', words: async () => ['watch'] },
  { name: 'check the whole chain', words: async () => ['verify'] },
  { name: 'networks', words: async () => ['network', 'list'] },
  { name: 'settings', words: async () => ['config', 'list'] },
]
const QUIT = 'quit'

/** `chain` alone on a terminal: how the node is, what can be done, and, for each choice, the command that does the same. */
export async function menu(terminal: Terminal, describe: Describe): Promise<void> {
  for (;;) {
    const flags = await showStatus(terminal)
    const choices = [...ENTRIES.map(({ name }) => name), QUIT].map((name) => ({ name, value: name }))
    const chosen = await askChoice(terminal, 'What next?', 'a command', choices)
    const entry = ENTRIES.find(({ name }) => name === chosen)
    if (entry === undefined) return
    const words = await wordsOf(entry, terminal)
    if (words.length === 0) continue
    const command = [...words, ...flags]
    terminal.note(`$ chain ${command.map(shellWord).join(' ')}`)
    await run(terminal, describe, command)
    terminal.note('')
  }
}

/** Carries a command out as if it had been typed; an error is shown, and the menu goes on. */
async function run(terminal: Terminal, describe: Describe, words: Words): Promise<void> {
  try {
    await describe((text) => void process.stderr.write(text)).parseAsync([...words], { from: 'user' })
  } catch (error) {
    // Commander has said what was wrong.
    if (!(error instanceof CommanderError)) terminal.fail(error)
  }
}

/** Ctrl-C at a question goes back to the menu. */
async function wordsOf(entry: Entry, terminal: Terminal): Promise<Words> {
  try {
    return await entry.words(terminal)
  } catch (error) {
    if (error instanceof Interrupted) return []
    throw error
  }
}

/** @returns the flags that lead to the node that was shown */
async function showStatus(terminal: Terminal): Promise<Words> {
  const { api, flags, network } = await openNode(terminal)
  try {
    const { identity, length, pending, peers } = await api.status()
    const state = [counted(length, 'block'), `${pending} pending`, counted(peers, 'peer')].join(', ')
    const lines = fields(
      [
        ['network', network.name],
        ['identity', identity],
        ['chain', state],
      ],
      terminal.notePaint.dim,
    )
    process.stderr.write(`${lines}\n`)
  } finally {
    await api.close()
  }
  return flags.split(' ')
}

function askAddress(terminal: Terminal): Promise<Words> {
  return askOptional(terminal, "Whose? (Enter: this node's identity)")
}
